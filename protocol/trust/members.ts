/** Keys and roles of the mesh's members, as their own signed member records prove them. */
import type { Table } from '../crdt/table.ts';
import { ownerBody } from '../crdt/table.ts';
import type { HostId, MeshId } from '../identity.ts';
import type { Millis } from '../time.ts';
import { decodeChain, verifyChain } from './certificate.ts';
import type { Crypto } from './crypto.ts';

export interface MemberIdentity {
  host: HostId;
  publicKey: Uint8Array;
  dh: Uint8Array;
  role: 'operator' | 'worker';
}

/** Reads and checks a chain; null when it proves nothing about that host in this mesh. */
export function memberFromChain(
  chain: Uint8Array,
  host: HostId,
  mesh: MeshId,
  crypto: Crypto,
  wall: Millis,
): MemberIdentity | null {
  try {
    const certificates = decodeChain(chain);
    // A clock at 1970 must not keep this host outside: that a certificate exists proves that its time has come.
    const begun = Math.max(wall, ...certificates.map((certificate) => certificate.notBefore));
    const verdict = verifyChain(certificates, mesh, crypto, begun);
    if (!verdict.ok || verdict.host !== host || !verdict.dh) return null;
    return { host, publicKey: verdict.subject, dh: verdict.dh, role: verdict.role };
  } catch {
    return null;
  }
}

/** The chain a host published, if its member record is held. */
export const chainOf = (table: Table, host: HostId): Uint8Array | undefined =>
  ownerBody(table, 'member', host, 'chain')?.chain;
