/**
 * The core's crypto: synchronous and deterministic (Ed25519 signatures are), handed in by the shell (rule R1).
 * Keys are raw 32-byte Ed25519 keys, signatures 64 bytes, hashes SHA-256.
 */
export interface Crypto {
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
  verify(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean;
  hash(bytes: Uint8Array): Uint8Array;
}

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** 25 base-36 characters (129 bits) of a key's SHA-256: the id of a host, and of a mesh by its root key. */
export function keyId(publicKey: Uint8Array, hash: Crypto['hash']): string {
  let value = 0n;
  for (const byte of hash(publicKey)) value = (value << 8n) | BigInt(byte);
  let id = '';
  for (let i = 0; i < 25; i++) {
    id += ALPHABET[Number(value % 36n)];
    value /= 36n;
  }
  return id;
}
