/** Pairwise keys: X25519 between two certified static keys, HKDF-SHA256 bound to the mesh and to both ids. */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import type { HostId } from '../../protocol/identity.ts';
import { TAG_BYTES } from '../../protocol/membership/heartbeat-packet.ts';
import type { HeartbeatIdentity, PairMac } from '../../protocol/membership/heartbeat-types.ts';

/** DER headers (RFC 8410) that turn 32 raw bytes into a key Node reads */
const PRIVATE_HEADER = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_HEADER = Buffer.from('302a300506032b656e032100', 'hex');

export interface PairKeys {
  mac: PairMac;
  /** the certified X25519 keys of all known peers, raw; a key is agreed on when it is first needed */
  know(peers: { host: HostId; dh: Uint8Array }[]): void;
}

interface Known {
  dh: Uint8Array;
  /** undefined: not yet agreed on; null: that key allows no agreement */
  key: Buffer | null | undefined;
}

export function createPairKeys(identity: HeartbeatIdentity, dhPrivateKey: Uint8Array): PairKeys {
  const der = Buffer.concat([PRIVATE_HEADER, dhPrivateKey]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  let known = new Map<HostId, Known>();
  return {
    mac(peer, bytes) {
      const entry = known.get(peer);
      if (entry === undefined) return undefined;
      if (entry.key === undefined) entry.key = agree(identity, privateKey, peer, entry.dh);
      if (entry.key === null) return undefined;
      return createHmac('sha256', entry.key).update(bytes).digest().subarray(0, TAG_BYTES);
    },
    know(peers) {
      const before = known;
      known = new Map(
        peers.map(({ host, dh }) => {
          const entry = before.get(host);
          return [host, entry && Buffer.compare(entry.dh, dh) === 0 ? entry : { dh, key: undefined }];
        }),
      );
    },
  };
}

function agree(
  identity: HeartbeatIdentity,
  privateKey: KeyObject,
  peer: HostId,
  dh: Uint8Array,
): Buffer | null {
  const info = ['shoal heartbeat 1', ...[identity.self, peer].sort()].join(' ');
  try {
    const der = Buffer.concat([PUBLIC_HEADER, dh]);
    const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
    const secret = diffieHellman({ privateKey, publicKey });
    return Buffer.from(hkdfSync('sha256', secret, identity.mesh, info, 32));
  } catch {
    // A key of the wrong length or of low order, by a member's fault or malice: no key, so its datagrams are unknown.
    return null;
  }
}
