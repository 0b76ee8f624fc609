/** Between HOST:PORT, keys and libp2p's words for them. */
import { isIP } from 'node:net';
import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import type { Connection } from '@libp2p/interface';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';

/** `publicKey`: Ed25519, raw; with it the connection fails unless that very host answers. */
export function toMultiaddr(address: string, port: number, publicKey?: Uint8Array): Multiaddr {
  const family = isIP(address);
  const host = family === 0 ? `/dns/${address}` : `/ip${family}/${address}`;
  const peer = publicKey ? `/p2p/${peerIdOf(publicKey)}` : '';
  return multiaddr(`${host}/tcp/${port}${peer}`);
}

export const peerIdOf = (publicKey: Uint8Array): string =>
  peerIdFromPublicKey(publicKeyFromRaw(publicKey)).toString();

/** The other end of a connection; for an inbound one the port is the caller's own, not one that it listens on. */
export function remoteEnd(connection: Connection): { address: string; port: number } {
  const parts = connection.remoteAddr.getComponents();
  const value = (...names: string[]): string => parts.find((part) => names.includes(part.name))?.value ?? '';
  return { address: value('ip4', 'ip6', 'dns', 'dns4', 'dns6'), port: Number(value('tcp')) };
}
