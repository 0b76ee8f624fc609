/**
 * Crypto for simulations only: fast, deterministic and forgeable by anybody. Certificates and chains are the real ones,
 * made and checked by protocol/trust with these functions.
 */
import type { HostId, MeshId } from '../protocol/identity.ts';
import type { PairMac } from '../protocol/membership/heartbeat-types.ts';
import { hash32 } from '../protocol/random.ts';
import { type CertificateBody, encodeChain, signCertificate } from '../protocol/trust/certificate.ts';
import { type Crypto, keyId } from '../protocol/trust/crypto.ts';

/** Two lanes of 32 bits over the bytes, then spread over as many bytes as wanted (after cyrb53). */
function scramble(bytes: Uint8Array, seed: number, length: number): Uint8Array {
  let a = 0xdeadbeef ^ seed;
  let b = 0x41c6ce57 ^ seed;
  for (let i = 0; i < bytes.length; i++) {
    a = Math.imul(a ^ bytes[i]!, 2654435761);
    b = Math.imul(b ^ bytes[i]!, 1597334677);
  }
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  for (let i = 0; i + 4 <= length; i += 4) {
    a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
    b = Math.imul(b ^ (b >>> 15), 2146121005) ^ (a + i);
    view.setUint32(i, a >>> 0);
  }
  return out;
}

const keySeed = (publicKey: Uint8Array): number =>
  new DataView(publicKey.buffer, publicKey.byteOffset).getUint32(0);

const hash = (bytes: Uint8Array): Uint8Array => scramble(bytes, 1, 32);
const signature = (publicKey: Uint8Array, bytes: Uint8Array): Uint8Array =>
  scramble(bytes, keySeed(publicKey), 64);

function verify(publicKey: Uint8Array, bytes: Uint8Array, given: Uint8Array): boolean {
  const wanted = signature(publicKey, bytes);
  return given.length === 64 && wanted.every((byte, i) => byte === given[i]);
}

const keyOf = (name: string): Uint8Array =>
  scramble(
    Uint8Array.from(name, (letter) => letter.charCodeAt(0)),
    hash32(name),
    32,
  );

export const createCrypto = (name: string): Crypto => {
  const publicKey = keyOf(name);
  return { publicKey, sign: (bytes) => signature(publicKey, bytes), verify, hash };
};

const ROOT = createCrypto('root of the simulated mesh');
export const MESH: MeshId = keyId(ROOT.publicKey, hash);

export const hostIdOf = (name: string): HostId => keyId(keyOf(name), hash);

/** root -> invite -> host, as a host that joined has it. Valid around `wall`. */
export function chainOf(name: string, role: 'operator' | 'worker', wall: number): Uint8Array {
  const invite = createCrypto('invite of the simulated mesh');
  const common = {
    version: 1,
    mesh: MESH,
    notBefore: wall - 400 * DAY_MS,
    notAfter: wall + 3650 * DAY_MS,
  } as const;
  const forInvite: CertificateBody = {
    ...common,
    kind: 'invite',
    subject: invite.publicKey,
    role: 'operator',
    issuer: ROOT.publicKey,
    serial: 'invite',
  };
  const forHost: CertificateBody = {
    ...common,
    kind: 'host',
    subject: keyOf(name),
    dh: keyOf(`${name} sealing`),
    role,
    issuer: invite.publicKey,
    serial: name,
  };
  return encodeChain([signCertificate(forHost, invite.sign), signCertificate(forInvite, ROOT.sign)]);
}

const DAY_MS = 24 * 3_600_000;

/** As symmetric and as bound to receiver and bytes as the real one, only not secret. */
export const createMac =
  (self: HostId): PairMac =>
  (peer, bytes) =>
    scramble(bytes, hash32(self < peer ? self + peer : peer + self), 8);
