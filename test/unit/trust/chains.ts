/** Makes certificates and chains for the tests of trust. */
import {
  createVerifier,
  generateKeys,
  type RawKeyPair,
  sha256,
  signerOf,
} from '../../../agent/trust/node-crypto.ts';
import {
  type Certificate,
  type CertificateBody,
  signCertificate,
} from '../../../protocol/trust/certificate.ts';
import { keyId } from '../../../protocol/trust/crypto.ts';

export const HOUR_MS = 3_600_000;
/** an arbitrary moment: 2026-03-01 */
export const WALL = 1_772_323_200_000;

export const crypto = { verify: createVerifier(), hash: sha256 };

export interface Party {
  keys: RawKeyPair;
  /** own certificate first */
  chain: Certificate[];
}

export function makeRoot(): { keys: RawKeyPair; mesh: string } {
  const keys = generateKeys('ed25519');
  return { keys, mesh: keyId(keys.publicKey, sha256) };
}

/** A certificate of `kind` under `issuer`; `over` bends any field. */
export function issue(
  mesh: string,
  kind: 'host' | 'invite',
  issuer: Party,
  over: Partial<CertificateBody> = {},
): Party {
  const keys = generateKeys('ed25519');
  const certificate = signCertificate(
    {
      version: 1,
      mesh,
      kind,
      subject: keys.publicKey,
      ...(kind === 'host' && { dh: generateKeys('x25519').publicKey }),
      role: 'operator',
      issuer: issuer.keys.publicKey,
      serial: `${kind}-${issuer.chain.length}`,
      notBefore: WALL,
      notAfter: WALL + 1000 * HOUR_MS,
      ...over,
    },
    signerOf(issuer.keys.seed),
  );
  return { keys, chain: [certificate, ...issuer.chain] };
}
