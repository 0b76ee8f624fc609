/** Becoming a member: making a mesh, joining one by an invite (offline), and inviting others. */
import { randomBytes } from 'node:crypto';
import type { HostId, MeshId } from '../../protocol/identity.ts';
import {
  type Certificate,
  MAX_CHAIN,
  type Role,
  signCertificate,
  verifyChain,
} from '../../protocol/trust/certificate.ts';
import { type Crypto, keyId } from '../../protocol/trust/crypto.ts';
import { formatInvite, parseInvite } from '../../protocol/trust/invite.ts';
import { hasIdentity, type Identity, loadIdentity, saveIdentity, saveRootKey } from './keys.ts';
import {
  createVerifier,
  generateKeys,
  publicKeyOf,
  type RawKeyPair,
  sha256,
  signerOf,
} from './node-crypto.ts';

const DAY_MS = 86_400_000;
/** Membership ends by revocation, not by a date that takes a mesh down one night; still, nothing is for ever. */
const HOST_LIFETIME_MS = 20 * 365 * DAY_MS;

/** Makes the root key, this host's keys and its operator's certificate. Throws one line if the host is a member. */
export function initMesh(dataDir: string, wall: number): { identity: Identity; rootKeyPath: string } {
  refuseMember(dataDir);
  const root = generateKeys('ed25519');
  const mesh = keyId(root.publicKey, sha256);
  const keys = hostKeys();
  const certificate = hostCertificate({ mesh, keys, role: 'operator', issuer: root, notBefore: wall });
  const rootKeyPath = saveRootKey(dataDir, mesh, root.seed);
  const identity = identityOf(mesh, keys, [certificate]);
  saveIdentity(dataDir, identity);
  return { identity, rootKeyPath };
}

/**
 * Needs no network: signs its own certificate with the invite's key (rule T2). `addresses` are HOST:PORT to dial. Nothing
 * is written: a host that never got in, or whose agent died meanwhile, must not take itself for a member.
 */
export function joinMesh(
  dataDir: string,
  inviteText: string,
  wall: number,
): { identity: Identity; addresses: string[] } {
  refuseMember(dataDir);
  const parsed = parseInvite(inviteText, { verify: createVerifier(), hash: sha256 }, wall);
  if (!parsed.ok) throw new Error(parsed.why);
  const { invite, certificate } = parsed;
  const issuer = { seed: invite.seed, publicKey: publicKeyOf('ed25519', invite.seed) };
  const keys = hostKeys();
  // A clock slightly behind the inviter's must not put the certificate before the invite's own beginning.
  const notBefore = Math.max(wall, certificate.notBefore);
  const own = hostCertificate({ mesh: invite.mesh, keys, role: certificate.role, issuer, notBefore });
  const chain = [own, ...invite.chain];
  const verdict = verifyChain(chain, invite.mesh, { verify: createVerifier(), hash: sha256 }, notBefore);
  if (!verdict.ok) throw new Error(`this invite admits nobody: ${verdict.why}`);
  return { identity: identityOf(invite.mesh, keys, chain), addresses: invite.addresses };
}

export interface InviteWish {
  role: Role;
  lifetimeMs: number;
  /** how many hosts it may admit; absent: any number until it expires */
  uses?: number;
  /** HOST:PORT of members a joiner dials first */
  addresses: string[];
  wall: number;
}

/** `serial` is what a revocation names. Throws one line if this host may not invite like that. */
export function makeInvite(
  identity: Pick<Identity, 'mesh' | 'chain'>,
  crypto: Pick<Crypto, 'publicKey' | 'sign' | 'hash'>,
  wish: InviteWish,
): { text: string; serial: string; certificate: Certificate } {
  const own = identity.chain[0];
  if (own?.role !== 'operator')
    throw new Error('this host joined as a worker: make invites on an operator host');
  // The joiner's own certificate comes on top.
  if (identity.chain.length + 2 > MAX_CHAIN) {
    throw new Error(
      'this host is too many invites away from the first one: make the invite on an older host',
    );
  }
  if (wish.addresses.length === 0) throw new Error('an invite needs the address of a member to dial');
  const keys = generateKeys('ed25519');
  const certificate = signCertificate(
    {
      version: 1,
      mesh: identity.mesh,
      kind: 'invite',
      subject: keys.publicKey,
      role: wish.role,
      issuer: crypto.publicKey,
      serial: newSerial(),
      notBefore: Math.max(wish.wall, own.notBefore),
      notAfter: wish.wall + wish.lifetimeMs,
      ...(wish.uses !== undefined && { uses: wish.uses }),
    },
    crypto.sign,
  );
  const chain = [certificate, ...identity.chain];
  const invite = { mesh: identity.mesh, chain, seed: keys.seed, addresses: wish.addresses };
  return { text: formatInvite(invite, crypto.hash), serial: certificate.serial, certificate };
}

interface HostKeys {
  signing: RawKeyPair;
  sealing: RawKeyPair;
}

const hostKeys = (): HostKeys => ({ signing: generateKeys('ed25519'), sealing: generateKeys('x25519') });

const newSerial = (): string => randomBytes(12).toString('hex');

function hostCertificate(wish: {
  mesh: MeshId;
  keys: HostKeys;
  role: Role;
  issuer: RawKeyPair;
  notBefore: number;
}): Certificate {
  return signCertificate(
    {
      version: 1,
      mesh: wish.mesh,
      kind: 'host',
      subject: wish.keys.signing.publicKey,
      dh: wish.keys.sealing.publicKey,
      role: wish.role,
      issuer: wish.issuer.publicKey,
      serial: newSerial(),
      notBefore: wish.notBefore,
      notAfter: wish.notBefore + HOST_LIFETIME_MS,
    },
    signerOf(wish.issuer.seed),
  );
}

function identityOf(mesh: MeshId, keys: HostKeys, chain: Certificate[]): Identity {
  const host: HostId = keyId(keys.signing.publicKey, sha256);
  return { mesh, host, ...keys, chain };
}

function refuseMember(dataDir: string): void {
  if (!hasIdentity(dataDir)) return;
  throw new Error(`this host already belongs to mesh ${loadIdentity(dataDir).mesh}: run shoal leave first`);
}
