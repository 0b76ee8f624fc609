/** The membership as everything else reads it: who exists, in which state, and what its word is worth. */
import type { HostState } from '../api.ts';
import { hasEntry, idsOf, latest, ownerBody } from '../crdt/table.ts';
import type { HostId } from '../identity.ts';
import type { HostBody } from '../records/host.ts';
import { isLabelGroup, labelKey } from '../records/label.ts';
import type { State } from '../state.ts';
import { createPeer, type PeerState } from './state.ts';

/** Every host with a host record that no operator removed; self included; sorted, so that all derive alike. */
export function knownHosts({ table }: State): readonly HostId[] {
  table.knownHosts ??= idsOf(table, 'host')
    .filter((host) => !hasEntry(table, 'node', host, 'removed'))
    .sort();
  return table.knownHosts;
}

export const hostBody = (state: State, host: HostId): HostBody | undefined =>
  ownerBody(state.table, 'host', host, 'self');

export function peerOf(state: State, host: HostId): PeerState {
  const known = state.membership.peers.get(host);
  if (known) return known;
  const created = createPeer(state.now);
  state.membership.peers.set(host, created);
  return created;
}

export const hostState = (state: State, host: HostId): HostState =>
  host === state.self ? 'alive' : (state.membership.peers.get(host)?.state ?? 'unknown');

/** Hosts that take part in rings: neither left nor failed. */
export const ringMembers = (state: State): HostId[] =>
  knownHosts(state).filter((host) => !['left', 'failed'].includes(hostState(state, host)));

/** Hosts that run, as far as anybody knows: their agents may be asked to bid. */
export const liveHosts = (state: State): HostId[] =>
  knownHosts(state).filter((host) => ['alive', 'suspect'].includes(hostState(state, host)));

export const isDrained = (state: State, host: HostId): boolean =>
  latest(state.table, 'node', host, 'availability')?.body.value === 'drain';

/** Labels the host was started with, overlaid by what operators set. */
export function labelsOf(state: State, host: HostId): Record<string, string> {
  const labels: Record<string, string> = { ...hostBody(state, host)?.labels };
  for (const entry of state.table.kinds.get('node')?.get(host)?.values() ?? []) {
    if (!isLabelGroup(entry.row.group)) continue;
    const value = latest(state.table, 'node', host, entry.row.group)?.body.value;
    const name = labelKey(entry.row.group);
    if (value === undefined) delete labels[name];
    else labels[name] = value;
  }
  // In one order on every host, whatever order the rows came in.
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const hostName = (state: State, host: HostId): string =>
  hostBody(state, host)?.name ?? host.slice(0, 12);

/** Where to reach a host: where it was last heard from, as long as its record has not caught up. */
export function addressOf(state: State, host: HostId): { address: string; port: number } | undefined {
  const body = hostBody(state, host);
  const heard = state.membership.peers.get(host)?.heardFrom;
  if (heard) return heard;
  return body && { address: body.address, port: body.port };
}

/** What identifies a life of a host's containers: a new boot or a new engine start means they are dead (rule C4). */
export const lifeOf = (body: Pick<HostBody, 'boot' | 'engineStart'>): string =>
  `${body.boot}|${body.engineStart}`;
