/** Ways to break a host by hand. */

import { removeRow } from '../../../protocol/crdt/table.ts';
import type { ObservedContainer } from '../../../protocol/engine.ts';
import { writeRow } from '../../../protocol/gossip/write.ts';
import { claimsOfHost } from '../../../protocol/membership/endpoints.ts';
import type { PeerState } from '../../../protocol/membership/state.ts';
import type { ZoneTask } from '../../../protocol/naming/zone-view.ts';
import { type ClaimBody, RUN } from '../../../protocol/records/claim.ts';
import type { Entry } from '../../../protocol/records/kind.ts';
import type { Row } from '../../../protocol/records/row.ts';
import { running } from '../../../protocol/rehearse/engine.ts';
import type { Host } from '../../../sim/host.ts';
import { type Mesh, stateOf } from '../../../sim/mesh.ts';

export const hostOf = (mesh: Mesh, number: number): Host => mesh.hosts[number - 1]!;

/** What host `of` thinks of host `about`. */
export const peerOf = (mesh: Mesh, of: number, about: number): PeerState =>
  stateOf(hostOf(mesh, of)).membership.peers.get(hostOf(mesh, about).id)!;

/** The first claim that a host serves, in its own table. */
export const claimOf = (mesh: Mesh, number: number): Entry<ClaimBody> => {
  const host = hostOf(mesh, number);
  return claimsOfHost(stateOf(host), host.id).find(({ body }) => body.run === RUN.healthy)!;
};

export const containerOf = (mesh: Mesh, number: number): ObservedContainer =>
  running(hostOf(mesh, number).engine)[0]!;

/** The first task that a host's DNS names on another host, or on itself. */
export const taskOn = (mesh: Mesh, asked: number, on: number): ZoneTask =>
  [...hostOf(mesh, asked).agent!.process.zone.services.values()]
    .flatMap((service) => service.tasks)
    .find((task) => task.host === hostOf(mesh, on).id)!;

export const dropRow = (host: Host, row: Row): Row => removeRow(stateOf(host).table, row);

export const rowsOf = (host: Host, kind: string): Row[] =>
  [...stateOf(host).table.rows.values()].filter((row) => row.kind === kind);

/** Writes a claim in a host's name, without its core's leave. */
export function writeClaim(host: Host, slot: string, generation: string, body: ClaimBody): void {
  writeRow(stateOf(host), 'claim', slot, generation, body);
}
