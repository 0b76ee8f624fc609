/** The core's crypto by node:crypto, and the making of raw keys. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash as hashOnce,
  type KeyObject,
  sign as signWith,
  verify as verifyWith,
} from 'node:crypto';
import type { Crypto } from '../../protocol/trust/crypto.ts';

/** Parsed keys of members: parsing costs about as much as verifying (66 us). A mesh of that many still works. */
const MAX_PARSED_KEYS = 4096;

/** PKCS #8 and SubjectPublicKeyInfo (RFC 8410) up to the 32 raw bytes. */
const PRIVATE_PREFIX = {
  ed25519: '302e020100300506032b657004220420',
  x25519: '302e020100300506032b656e04220420',
};
const PUBLIC_PREFIX = { ed25519: '302a300506032b6570032100', x25519: '302a300506032b656e032100' };

export type KeyKind = 'ed25519' | 'x25519';

/** Raw 32-byte halves; `seed` is the private key. */
export interface RawKeyPair {
  seed: Uint8Array;
  publicKey: Uint8Array;
}

export const privateKeyObject = (kind: KeyKind, seed: Uint8Array): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from(PRIVATE_PREFIX[kind], 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });

export const publicKeyObject = (kind: KeyKind, raw: Uint8Array): KeyObject =>
  createPublicKey({
    key: Buffer.concat([Buffer.from(PUBLIC_PREFIX[kind], 'hex'), raw]),
    format: 'der',
    type: 'spki',
  });

/** The raw public half of a raw private key. */
export const publicKeyOf = (kind: KeyKind, seed: Uint8Array): Uint8Array =>
  rawTail(createPublicKey(privateKeyObject(kind, seed)).export({ format: 'der', type: 'spki' }));

export function generateKeys(kind: KeyKind): RawKeyPair {
  const { privateKey } = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  const seed = rawTail(privateKey.export({ format: 'der', type: 'pkcs8' }));
  return { seed, publicKey: publicKeyOf(kind, seed) };
}

export const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(hashOnce('sha256', bytes, 'buffer'));

/** Signs with `seed` (Ed25519). */
export function signerOf(seed: Uint8Array): (bytes: Uint8Array) => Uint8Array {
  const key = privateKeyObject('ed25519', seed);
  return (bytes) => new Uint8Array(signWith(null, bytes, key));
}

export function createNodeCrypto(seed: Uint8Array): Crypto {
  return {
    publicKey: publicKeyOf('ed25519', seed),
    sign: signerOf(seed),
    verify: createVerifier(),
    hash: sha256,
  };
}

/** Never throws: a key or signature of the wrong length verifies nothing. */
export function createVerifier(): Crypto['verify'] {
  const parsed = new Map<string, KeyObject>();
  const keyOf = (raw: Uint8Array): KeyObject => {
    const name = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1');
    const known = parsed.get(name);
    if (known) return known;
    const key = publicKeyObject('ed25519', raw);
    const oldest = parsed.keys().next();
    if (parsed.size >= MAX_PARSED_KEYS && !oldest.done) parsed.delete(oldest.value);
    parsed.set(name, key);
    return key;
  };
  return (publicKey, bytes, signature) => {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    try {
      return verifyWith(null, bytes, keyOf(publicKey), signature);
    } catch {
      return false;
    }
  };
}

const rawTail = (der: Buffer): Uint8Array => new Uint8Array(der.subarray(-32));
