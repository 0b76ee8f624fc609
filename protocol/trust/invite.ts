/** The text that brings a host in: everything it needs to prove itself to any member, offline. */
import type { MeshId } from '../identity.ts';
import type { Millis } from '../time.ts';
import { fromBase64url, toBase64url } from '../wire/base64url.ts';
import { decode, encode } from '../wire/codec.ts';
import { bytes, type Check, list, object, text } from '../wire/shape.ts';
import { type Certificate, readChain, sameBytes, spanText, verifyChain } from './certificate.ts';
import type { Crypto } from './crypto.ts';

interface Invite {
  mesh: MeshId;
  /** the invite's own certificate first */
  chain: Certificate[];
  /** Ed25519 private key (seed, 32 bytes) of the invite: whoever holds the text can join */
  seed: Uint8Array;
  /** HOST:PORT of members to dial first */
  addresses: string[];
}

type ParsedInvite = { ok: true; invite: Invite; certificate: Certificate } | { ok: false; why: string };

const PREFIX = 'shoal1:';
const CHECKSUM_BYTES = 4;

/** `shoal1:` and base64url of (MessagePack, first bytes of its SHA-256): a copy that lost a letter is known as such. */
export function formatInvite(invite: Invite, hash: Crypto['hash']): string {
  const { mesh, chain, seed, addresses } = invite;
  const body = encode({ mesh, chain, seed, addresses });
  const whole = new Uint8Array(body.length + CHECKSUM_BYTES);
  whole.set(body);
  whole.set(hash(body).subarray(0, CHECKSUM_BYTES), body.length);
  return PREFIX + toBase64url(whole);
}

/** `why` is one line for the person who pasted the text; spaces and line breaks of a terminal do no harm. */
export function parseInvite(
  pasted: string,
  crypto: Pick<Crypto, 'verify' | 'hash'>,
  wall: Millis,
): ParsedInvite {
  const line = pasted.replace(/\s+/g, '');
  const version = /^shoal(\d+):/.exec(line);
  if (!version) return refuse('not an invite: an invite starts with shoal1: (make one with shoal invite)');
  if (version[0] !== PREFIX) {
    return refuse(
      `invite of version ${version[1]}, this shoal reads version 1: use the same shoal on both hosts`,
    );
  }
  const invite = readInvite(line.slice(PREFIX.length), crypto.hash);
  if (!invite) return refuse('invite is cut short or mistyped: copy the whole line again');
  const certificate = invite.chain[0];
  if (certificate?.kind !== 'invite') return refuse('not an invite: it holds no invite certificate');
  if (wall > certificate.notAfter) {
    return refuse(
      `invite expired ${spanText(wall - certificate.notAfter)} ago: ask for a new one (shoal invite)`,
    );
  }
  const verdict = verifyChain(invite.chain, invite.mesh, crypto, wall);
  return verdict.ok ? { ok: true, invite, certificate } : refuse(`invite proves nothing: ${verdict.why}`);
}

const refuse = (why: string): ParsedInvite => ({ ok: false, why });

const inviteCheck: Check<Invite> = object({
  mesh: text(64),
  chain: readChain,
  seed: bytes(32, 32),
  addresses: list(text(300), 32),
});

function readInvite(letters: string, hash: Crypto['hash']): Invite | undefined {
  const whole = fromBase64url(letters);
  if (!whole || whole.length <= CHECKSUM_BYTES) return undefined;
  const body = whole.subarray(0, -CHECKSUM_BYTES);
  if (!sameBytes(hash(body).subarray(0, CHECKSUM_BYTES), whole.subarray(-CHECKSUM_BYTES))) return undefined;
  try {
    return inviteCheck(decode(body), 'invite');
  } catch {
    return undefined;
  }
}
