/**
 * Certificates and the chains that prove membership with no authority at run time. A chain is [leaf, ..., one signed by
 * the root key]; the mesh's id is the hash of that root key. A host's certificate carries its signing and its sealing
 * key; an invite's is a delegation that admits hosts offline (rule T2: a joiner's certificate is signed by the key
 * inside the invite).
 */
import type { HostId, MeshId } from '../identity.ts';
import type { Millis } from '../time.ts';
import { decode, encode } from '../wire/codec.ts';
import { bytes, type Check, integer, list, oneOf, optional, plain, ShapeError, text } from '../wire/shape.ts';
import { type Crypto, keyId } from './crypto.ts';

export type Role = 'operator' | 'worker';

export interface Certificate {
  version: 1;
  mesh: MeshId;
  kind: 'host' | 'invite';
  /** Ed25519 public key that this certificate vouches for, 32 bytes */
  subject: Uint8Array;
  /** X25519 public key to seal secrets to, 32 bytes; hosts only */
  dh?: Uint8Array;
  role: Role;
  /** Ed25519 public key that signed, 32 bytes */
  issuer: Uint8Array;
  /** names the certificate in a revocation */
  serial: string;
  notBefore: Millis;
  notAfter: Millis;
  /** how many hosts an invite may admit; absent: any number */
  uses?: number;
  /** Ed25519 over `signedBytes` */
  signature: Uint8Array;
}

export type CertificateBody = Omit<Certificate, 'signature'>;

type ChainVerdict =
  | {
      ok: true;
      host: HostId;
      role: Role;
      subject: Uint8Array;
      /** absent only on the chain of an invite */
      dh?: Uint8Array;
      /** leaf first: any of them revoked voids the chain */
      serials: string[];
    }
  | { ok: false; why: string };

/** Eight generations of invites: enough for any mesh, and it bounds what a stranger can make us verify. */
export const MAX_CHAIN = 16;
/** Clocks of two hosts may differ by this much before a fresh certificate is refused. */
export const CLOCK_SLACK_MS = 5 * 60_000;

const DOMAIN = 'shoal certificate 1\n';

/** What an issuer signs: a domain separator, so that no other signed thing reads as a certificate, then the fields. */
function signedBytes(body: CertificateBody): Uint8Array {
  const { version, mesh, kind, subject, dh, role, issuer, serial, notBefore, notAfter, uses } = body;
  const fields = encode({
    version,
    mesh,
    kind,
    subject,
    dh,
    role,
    issuer,
    serial,
    notBefore,
    notAfter,
    uses,
  });
  const out = new Uint8Array(DOMAIN.length + fields.length);
  for (let i = 0; i < DOMAIN.length; i++) out[i] = DOMAIN.charCodeAt(i);
  out.set(fields, DOMAIN.length);
  return out;
}

/** `sign` belongs to `body.issuer`. */
export const signCertificate = (
  body: CertificateBody,
  sign: (bytes: Uint8Array) => Uint8Array,
): Certificate => ({ ...body, signature: sign(signedBytes(body)) });

export const encodeChain = (chain: Certificate[]): Uint8Array => encode(chain);

/** Throws an Error on anything that is not a list of certificates; signatures are `verifyChain`'s. */
export const decodeChain = (data: Uint8Array): Certificate[] => readChain(decode(data), 'chain');

/** Throws ShapeError; for chains inside other messages. */
export const readChain: Check<Certificate[]> = (value, path) => list(readCertificate, MAX_CHAIN)(value, path);

const key = bytes(32, 32);
const instant = integer();
const READERS = {
  version: oneOf(1),
  mesh: text(64),
  kind: oneOf('host', 'invite'),
  subject: key,
  dh: optional(key),
  role: oneOf('operator', 'worker'),
  issuer: key,
  serial: text(64),
  notBefore: instant,
  notAfter: instant,
  uses: optional(integer(1, 1_000_000)),
  signature: bytes(64, 64),
} as const;

/** Unknown fields are refused: they would not be covered by the signature. */
const readCertificate: Check<Certificate> = (value, path) => {
  const source = plain(value, path);
  const extra = Object.keys(source).find((name) => !Object.hasOwn(READERS, name));
  if (extra !== undefined) throw new ShapeError(`${path}.${extra}: not a field of a version 1 certificate`);
  const field = <T>(name: keyof typeof READERS, check: Check<T>): T => check(source[name], `${path}.${name}`);
  const dh = field('dh', READERS.dh);
  const uses = field('uses', READERS.uses);
  return {
    version: field('version', READERS.version),
    mesh: field('mesh', READERS.mesh),
    kind: field('kind', READERS.kind),
    subject: field('subject', READERS.subject),
    ...(dh && { dh }),
    role: field('role', READERS.role),
    issuer: field('issuer', READERS.issuer),
    serial: field('serial', READERS.serial),
    notBefore: field('notBefore', READERS.notBefore),
    notAfter: field('notAfter', READERS.notAfter),
    ...(uses !== undefined && { uses }),
    signature: field('signature', READERS.signature),
  };
};

/**
 * Whether the chain proves its leaf a member of `mesh` at `wall` (Unix ms). Only the leaf is held against the clock;
 * every issuer is judged at the moment its child was made, so that an invite which expires throws out nobody it
 * admitted. Revocation is the caller's, by `serials`.
 */
export function verifyChain(
  chain: Certificate[],
  mesh: MeshId,
  crypto: Pick<Crypto, 'verify' | 'hash'>,
  wall: Millis,
): ChainVerdict {
  const leaf = chain[0];
  if (!leaf) return refuse('no certificate');
  if (chain.length > MAX_CHAIN) return refuse(`chain of ${chain.length} certificates, at most ${MAX_CHAIN}`);
  let judgedAt = wall;
  for (const [i, certificate] of chain.entries()) {
    const why = linkFault(certificate, chain[i + 1], mesh, crypto) ?? timeFault(certificate, judgedAt);
    if (why) return refuse(`${certificate.kind} certificate ${certificate.serial}: ${why}`);
    judgedAt = certificate.notBefore;
  }
  return {
    ok: true,
    host: keyId(leaf.subject, crypto.hash),
    role: leaf.role,
    subject: leaf.subject,
    ...(leaf.dh && { dh: leaf.dh }),
    serials: chain.map((certificate) => certificate.serial),
  };
}

const refuse = (why: string): ChainVerdict => ({ ok: false, why });

/** `parent` undefined: the root key itself must have signed. */
function linkFault(
  certificate: Certificate,
  parent: Certificate | undefined,
  mesh: MeshId,
  crypto: Pick<Crypto, 'verify' | 'hash'>,
): string | undefined {
  if (certificate.mesh !== mesh) return `of another mesh (${certificate.mesh})`;
  if ((certificate.kind === 'host') !== (certificate.dh !== undefined))
    return 'has the wrong keys for its kind';
  if (!parent && keyId(certificate.issuer, crypto.hash) !== mesh)
    return 'not derived from the root key of this mesh';
  if (parent && !sameBytes(parent.subject, certificate.issuer)) return 'not signed by the next of its chain';
  if (parent) {
    const why = delegationFault(certificate, parent);
    if (why) return why;
  }
  const valid = crypto.verify(certificate.issuer, signedBytes(certificate), certificate.signature);
  return valid ? undefined : 'signature is wrong';
}

/** An invite admits hosts; a host may only invite, and only as an operator; a role never widens. */
function delegationFault(certificate: Certificate, parent: Certificate): string | undefined {
  if (certificate.kind === parent.kind) return `a ${parent.kind} cannot certify another ${certificate.kind}`;
  if (parent.kind === 'host' && parent.role !== 'operator') return 'invited by a host that is no operator';
  if (certificate.role === 'operator' && parent.role !== 'operator')
    return 'role is wider than its issuer allows';
  return undefined;
}

function timeFault(certificate: Certificate, at: Millis): string | undefined {
  const early = certificate.notBefore - CLOCK_SLACK_MS - at;
  if (early > 0) return `not valid for another ${spanText(early)} (is a clock wrong?)`;
  const late = at - certificate.notAfter;
  return late > 0 ? `expired ${spanText(late)} ago` : undefined;
}

/** A duration for people, in the largest unit that fits. */
export function spanText(span: Millis): string {
  const minutes = Math.max(1, Math.round(span / 60_000));
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);
