import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { hasIdentity, identityPath, loadIdentity, saveIdentity } from '../../../agent/trust/keys.ts';
import { initMesh, joinMesh, makeInvite } from '../../../agent/trust/membership-files.ts';
import { createNodeCrypto } from '../../../agent/trust/node-crypto.ts';
import { type Role, verifyChain } from '../../../protocol/trust/certificate.ts';
import { parseInvite } from '../../../protocol/trust/invite.ts';
import { crypto, HOUR_MS, WALL } from './chains.ts';

const folders: string[] = [];
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'shoal-trust-'));
  folders.push(path);
  return path;
};
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

function meshWithInvite(role: Role = 'operator') {
  const dataDir = folder();
  const { identity, rootKeyPath } = initMesh(dataDir, WALL);
  const node = createNodeCrypto(identity.signing.seed);
  const wish = { role, lifetimeMs: HOUR_MS, uses: 3, addresses: ['10.0.0.1:7946'], wall: WALL };
  return { dataDir, identity, rootKeyPath, node, ...makeInvite(identity, node, wish) };
}

test('init makes an operator whose files only root reads', () => {
  const { dataDir, identity, rootKeyPath } = meshWithInvite();
  expect(verifyChain(identity.chain, identity.mesh, crypto, WALL)).toMatchObject({
    ok: true,
    role: 'operator',
  });
  for (const file of readdirSync(dataDir)) expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
  expect(readFileSync(rootKeyPath, 'utf8')).toMatch(/^# Root key of the shoal mesh/);
  expect(loadIdentity(dataDir)).toEqual(identity);
});

test('a host joins offline and is proven to every member', () => {
  const { identity, text } = meshWithInvite('worker');
  const joiner = folder();
  const { identity: joined, addresses } = joinMesh(joiner, text, WALL + HOUR_MS / 2);
  expect(addresses).toEqual(['10.0.0.1:7946']);
  const verdict = verifyChain(joined.chain, identity.mesh, crypto, WALL + 999 * HOUR_MS);
  expect(verdict).toMatchObject({ ok: true, host: joined.host, role: 'worker' });
  // only a host that was let in keeps its identity
  expect(hasIdentity(joiner)).toBe(false);
  saveIdentity(joiner, joined);
  expect(loadIdentity(joiner)).toEqual(joined);
});

test('a second init, a second join and invites by workers are refused in one line', () => {
  const { dataDir, text } = meshWithInvite('worker');
  const joiner = folder();
  const { identity } = joinMesh(joiner, text, WALL);
  saveIdentity(joiner, identity);
  expect(() => initMesh(dataDir, WALL)).toThrow(/already belongs to mesh/);
  expect(() => joinMesh(joiner, text, WALL)).toThrow(/already belongs to mesh/);
  const wish = { role: 'worker' as const, lifetimeMs: HOUR_MS, addresses: ['a:1'], wall: WALL };
  expect(() => makeInvite(identity, createNodeCrypto(identity.signing.seed), wish)).toThrow(
    /joined as a worker/,
  );
});

test('generations of invites end with a clear line', () => {
  let { identity, text } = meshWithInvite();
  const deepest = (): void => {
    for (let i = 0; i < 20; i++) {
      identity = joinMesh(folder(), text, WALL).identity;
      const wish = { role: 'operator' as const, lifetimeMs: HOUR_MS, addresses: ['a:1'], wall: WALL };
      text = makeInvite(identity, createNodeCrypto(identity.signing.seed), wish).text;
    }
  };
  expect(deepest).toThrow(/too many invites away/);
  expect(identity.chain.length).toBe(15);
});

test('an invite that is no invite, expired, cut or of another version says so', () => {
  const { text } = meshWithInvite();
  const read = (pasted: string, wall = WALL): string => {
    const parsed = parseInvite(pasted, crypto, wall);
    return parsed.ok ? 'ok' : parsed.why;
  };
  expect(read(`  ${text.slice(0, 80)}\n${text.slice(80)} \n`)).toBe('ok');
  expect(read('hello')).toMatch(/not an invite/);
  expect(read(text.replace('shoal1', 'shoal2'))).toMatch(/version 2/);
  expect(read(text, WALL + 4 * HOUR_MS)).toMatch(/expired 3 hours ago/);
  expect(read(text, WALL - HOUR_MS)).toMatch(/clock/);
  for (const length of [7, 8, 20, text.length - 1]) expect(read(text.slice(0, length))).toMatch(/cut short/);
  for (let at = 7; at < text.length - 1; at += 13) {
    const other = text[at] === 'A' ? 'B' : 'A';
    expect(read(text.slice(0, at) + other + text.slice(at + 1))).toMatch(/cut short|mistyped/);
  }
});

test('an unusable identity file is one clear line', () => {
  const { dataDir } = meshWithInvite();
  const path = identityPath(dataDir);
  const whole = readFileSync(path, 'utf8');
  const complaint = (text: string): string => {
    writeFileSync(path, text);
    try {
      loadIdentity(dataDir);
      return 'loaded';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  };
  for (const text of [
    whole.slice(0, 50),
    '{}',
    '[]',
    '7',
    whole.replace(/"signing": ".{5}/, '"signing": "AAAAA'),
  ]) {
    expect(complaint(text)).toMatch(/^cannot use .*identity\.json: .*join again$/);
  }
  expect(() => loadIdentity(folder())).toThrow(/belongs to no mesh/);
});
