/** Hosts as the API shows them, and how fresh this host's picture is. */
import type { Freshness, HostInfo } from '../api.ts';
import type { HostId } from '../identity.ts';
import { claimsOfHost } from '../membership/endpoints.ts';
import { alertsAbout } from '../membership/verdict.ts';
import {
  addressOf,
  hostBody,
  hostName,
  hostState,
  isDrained,
  knownHosts,
  labelsOf,
} from '../membership/view.ts';
import { observersIn } from '../membership/watchers.ts';
import { standingOf } from '../placement/standing.ts';
import { RUN } from '../records/claim.ts';
import type { State } from '../state.ts';

export function hostInfo(state: State, host: HostId): HostInfo {
  const body = hostBody(state, host);
  const peer = state.membership.peers.get(host);
  const at = addressOf(state, host);
  const self = host === state.self;
  return {
    id: host,
    name: hostName(state, host),
    address: at?.address ?? '',
    port: at?.port ?? 0,
    state: hostState(state, host),
    availability: isDrained(state, host) ? 'drain' : 'active',
    self,
    heardMsAgo: self ? 0 : heardMsAgo(state, host),
    labels: labelsOf(state, host),
    engine: body ? `${body.engineKind} ${body.engineVersion}`.trim() : '',
    version: body?.version ?? '',
    nanoCpus: body?.nanoCpus ?? 0,
    memoryBytes: body?.memoryBytes ?? 0,
    load: self
      ? { ...state.membership.load, ageMs: 0 }
      : peer?.load
        ? { ...peer.load.load, ageMs: state.now - peer.load.at }
        : null,
    tasks: claimsOfHost(state, host).filter(
      (entry) => entry.body.run >= RUN.started && ['live', 'leaving'].includes(standingOf(state, entry)),
    ).length,
    clockOffsetMs: peer?.clockOffsetMs ?? null,
    rttMs: peer?.rttMs ?? null,
    observers: observersOfHost(state, host),
  };
}

function observersOfHost(state: State, host: HostId): HostInfo['observers'] {
  const alerts = alertsAbout(state, host);
  return observersIn(state, host).map((o) => ({
    host: hostName(state, o),
    says: alerts.get(o)?.says ?? 'no objection',
  }));
}

const heardMsAgo = (state: State, host: HostId): number | null => {
  const heardAt = state.membership.peers.get(host)?.heardAt ?? null;
  return heardAt === null ? null : Math.round(state.now - heardAt);
};

export const listHosts = (state: State): HostInfo[] =>
  knownHosts(state)
    .map((host) => hostInfo(state, host))
    .sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1));

/** Every answer carries this: when each other host was last heard, and whose news may be missing. */
export function freshness(state: State): Freshness {
  const others = knownHosts(state).filter((host) => host !== state.self && hostState(state, host) !== 'left');
  const warnings: string[] = [];
  if (state.commands.readOnly) warnings.push(`store: ${state.commands.readOnly}; this host is read-only`);
  if (!state.local.engine) warnings.push(`container engine: ${state.local.engineDown}`);
  if (!state.local.resumed && state.local.engine)
    warnings.push('this host has just started and still loads its view');
  return {
    host: hostName(state, state.self),
    hosts: others.map((host) => ({
      id: host,
      name: hostName(state, host),
      state: hostState(state, host),
      heardMsAgo: heardMsAgo(state, host),
    })),
    silent: others
      .filter((host) => hostState(state, host) !== 'alive')
      .map((host) => hostName(state, host))
      .sort(),
    warnings,
  };
}
