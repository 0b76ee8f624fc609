import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateKeys, sha256 } from '../../../agent/trust/node-crypto.ts';
import {
  type CertificateBody,
  CLOCK_SLACK_MS,
  decodeChain,
  encodeChain,
  MAX_CHAIN,
  verifyChain,
} from '../../../protocol/trust/certificate.ts';
import { keyId } from '../../../protocol/trust/crypto.ts';
import { crypto, HOUR_MS, issue, makeRoot, type Party, WALL } from './chains.ts';

const root = makeRoot();
const { mesh } = root;
const rootParty: Party = { keys: root.keys, chain: [] };
const first = issue(mesh, 'host', rootParty);
const invite = issue(mesh, 'invite', first, { notAfter: WALL + HOUR_MS });
const joined = issue(mesh, 'host', invite, { notBefore: WALL + HOUR_MS / 2 });

const why = (party: Party, wall = WALL + HOUR_MS / 2, ofMesh = mesh): string => {
  const verdict = verifyChain(party.chain, ofMesh, crypto, wall);
  return verdict.ok ? 'ok' : verdict.why;
};
const hostUnder = (issuer: Party, over: Partial<CertificateBody> = {}): Party =>
  issue(mesh, 'host', issuer, over);

describe('a chain that holds', () => {
  test('names host, role, keys and serials, leaf first', () => {
    const verdict = verifyChain(joined.chain, mesh, crypto, WALL + HOUR_MS / 2);
    expect(verdict).toEqual({
      ok: true,
      host: keyId(joined.keys.publicKey, sha256),
      role: 'operator',
      subject: joined.keys.publicKey,
      dh: joined.chain[0]?.dh,
      serials: joined.chain.map((certificate) => certificate.serial),
    });
  });

  test('survives encoding', () => {
    expect(decodeChain(encodeChain(joined.chain))).toEqual(joined.chain);
  });

  test('an invite that expired later throws out nobody it admitted', () => {
    expect(why(joined, WALL + 500 * HOUR_MS)).toBe('ok');
  });

  test('a worker may be invited by an operator', () => {
    const worker = issue(mesh, 'invite', first, { role: 'worker' });
    const verdict = verifyChain(hostUnder(worker, { role: 'worker' }).chain, mesh, crypto, WALL);
    expect(verdict.ok && verdict.role).toBe('worker');
  });
});

describe('a chain is refused', () => {
  test.each([
    [
      'after its leaf expired',
      () => why(joined, WALL + 1001 * HOUR_MS),
      /expired 1 hours? ago|expired 60 minutes ago/,
    ],
    [
      'before its leaf begins',
      () => why(joined, WALL + HOUR_MS / 2 - CLOCK_SLACK_MS - 1),
      /not valid for another/,
    ],
    [
      'when made after its invite expired',
      () => why(hostUnder(invite, { notBefore: WALL + 2 * HOUR_MS }), WALL + 3 * HOUR_MS),
      /invite.*expired/,
    ],
    [
      'when dated before its invite',
      () => why(hostUnder(invite, { notBefore: WALL - HOUR_MS }), WALL),
      /invite.*not valid/,
    ],
    ['in another mesh', () => why(joined, undefined, makeRoot().mesh), /another mesh/],
    ['under another root', () => why(hostUnder({ keys: generateKeys('ed25519'), chain: [] })), /root key/],
    ['with a widened role', () => why(hostUnder(issue(mesh, 'invite', first, { role: 'worker' }))), /wider/],
    [
      'with an invite by a worker',
      () => why(issue(mesh, 'invite', hostUnder(rootParty, { role: 'worker' }), { role: 'worker' })),
      /no operator/,
    ],
    ['with a host certified by a host', () => why(hostUnder(first)), /cannot certify/],
    ['with an invite under an invite', () => why(issue(mesh, 'invite', invite)), /cannot certify/],
    [
      'signed by a stranger',
      () =>
        why({
          ...joined,
          chain: [hostUnder({ keys: generateKeys('ed25519'), chain: [] }).chain[0]!, ...invite.chain],
        }),
      /next of its chain/,
    ],
    [
      'with a link left out',
      () => why({ ...joined, chain: [joined.chain[0]!, first.chain[0]!] }),
      /cannot certify|next of its chain/,
    ],
    [
      'when a host has no sealing key',
      () => why(hostUnder(rootParty, { dh: undefined })),
      /keys for its kind/,
    ],
    ['when empty', () => why({ ...joined, chain: [] }), /no certificate/],
  ])('%s', (_, act, line) => {
    expect(act()).toMatch(line);
  });

  test('deeper than its limit', () => {
    let party: Party = rootParty;
    for (let depth = 0; depth < MAX_CHAIN; depth++) party = issue(mesh, depth % 2 ? 'invite' : 'host', party);
    expect(why(party)).toBe('ok');
    expect(why(issue(mesh, 'host', party))).toMatch(/at most 16/);
  });

  test('with any byte flipped', () => {
    const whole = encodeChain(joined.chain);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bent = whole.slice();
        bent[at]! ^= mask;
        expect(accepted(bent)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('with fields of its own', () => {
    const strange = encodeChain([Object.assign({}, first.chain[0], { extra: 1 })]);
    expect(() => decodeChain(strange)).toThrow(/extra/);
  });
});

function accepted(bytes: Uint8Array): boolean {
  try {
    return verifyChain(decodeChain(bytes), mesh, crypto, WALL + HOUR_MS / 2).ok;
  } catch {
    return false;
  }
}
