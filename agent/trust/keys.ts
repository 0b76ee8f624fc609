/** Who this host is, on disk: one file in the data directory that only root reads. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostId, MeshId } from '../../protocol/identity.ts';
import { type Certificate, decodeChain, encodeChain, sameBytes } from '../../protocol/trust/certificate.ts';
import { keyId } from '../../protocol/trust/crypto.ts';
import { publicKeyOf, type RawKeyPair, sha256 } from './node-crypto.ts';

export interface Identity {
  mesh: MeshId;
  host: HostId;
  /** Ed25519: signs, and is the host */
  signing: RawKeyPair;
  /** X25519: secrets are sealed to it */
  sealing: RawKeyPair;
  /** own certificate first */
  chain: Certificate[];
}

const FILE = 'identity.json';

export const identityPath = (dataDir: string): string => join(dataDir, FILE);
export const hasIdentity = (dataDir: string): boolean => existsSync(identityPath(dataDir));

/** Throws one line that names the file and the way out. */
export function loadIdentity(dataDir: string): Identity {
  const path = identityPath(dataDir);
  if (!existsSync(path)) {
    throw new Error(`this host belongs to no mesh (no ${path}): run shoal init or shoal join INVITE`);
  }
  try {
    return readIdentity(readFileSync(path, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot use ${path}: ${why}; restore it from a backup, or delete it and join again`);
  }
}

export function saveIdentity(dataDir: string, identity: Identity): void {
  const text = JSON.stringify(
    {
      version: 1,
      mesh: identity.mesh,
      signing: toText(identity.signing.seed),
      sealing: toText(identity.sealing.seed),
      chain: toText(encodeChain(identity.chain)),
    },
    undefined,
    2,
  );
  writePrivateFile(identityPath(dataDir), `${text}\n`);
}

/**
 * The mesh's root key, written once at `init`. Its name carries the mesh, so that making another mesh here later never
 * writes over it.
 */
export function saveRootKey(dataDir: string, mesh: MeshId, seed: Uint8Array): string {
  const path = join(dataDir, `root-${mesh}.key`);
  const note = [
    `# Root key of the shoal mesh ${mesh} (Ed25519 private key, base64url).`,
    '# The agent does not need it. Move it to a safe place off this host: whoever holds it can admit hosts,',
    '# and it decides when two operators revoke each other.',
  ];
  writePrivateFile(path, `${note.join('\n')}\n${toText(seed)}\n`);
  return path;
}

/** Mode 0600, complete or absent after a power cut: written aside, synced, renamed, the directory synced. */
export function writePrivateFile(path: string, text: string): void {
  const aside = `${path}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    withFile(aside, 'w', (file) => {
      writeSync(file, text);
      fsyncSync(file);
    });
    renameSync(aside, path);
    withFile(dirname(path), 'r', fsyncSync);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot write ${path}: ${why}; run as root or choose another --data-dir`);
  }
}

function withFile(path: string, flags: 'r' | 'w', use: (file: number) => void): void {
  const file = openSync(path, flags, 0o600);
  try {
    use(file);
  } finally {
    closeSync(file);
  }
}

function readIdentity(text: string): Identity {
  const stored: unknown = JSON.parse(text);
  if (typeof stored !== 'object' || stored === null) throw new Error('it holds no identity');
  const fields = new Map<string, unknown>(Object.entries(stored));
  if (fields.get('version') !== 1)
    throw new Error(`it is of version ${String(fields.get('version'))}, not 1`);
  const mesh = fields.get('mesh');
  if (typeof mesh !== 'string') throw new Error('mesh is missing');
  const signing = keyPair('ed25519', fromText(fields, 'signing'));
  const sealing = keyPair('x25519', fromText(fields, 'sealing'));
  const chain = decodeChain(fromText(fields, 'chain'));
  if (!chain[0] || !sameBytes(chain[0].subject, signing.publicKey))
    throw new Error('certificate is not of its key');
  return { mesh, host: keyId(signing.publicKey, sha256), signing, sealing, chain };
}

function keyPair(kind: 'ed25519' | 'x25519', seed: Uint8Array): RawKeyPair {
  if (seed.length !== 32) throw new Error(`its ${kind} key is damaged`);
  return { seed, publicKey: publicKeyOf(kind, seed) };
}

const toText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

function fromText(fields: Map<string, unknown>, name: string): Uint8Array {
  const text = fields.get(name);
  if (typeof text !== 'string') throw new Error(`${name} is missing`);
  return new Uint8Array(Buffer.from(text, 'base64url'));
}
