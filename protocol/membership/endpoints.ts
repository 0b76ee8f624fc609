/**
 * Endpoints of a host whose agent is down or stalled (rule V3): its containers may serve on, so its names and claims
 * stay as long as they answer. Observers connect to each published TCP port once a second; two that find it dead take
 * it out of DNS, and its slot opens a few seconds later.
 */
import { entriesOfOrigin, entryOf, ownerBody } from '../crdt/table.ts';
import { writeRow } from '../gossip/write.ts';
import type { HostId } from '../identity.ts';
import type { ProbeOutcome } from '../input.ts';
import { type ClaimBody, RUN } from '../records/claim.ts';
import type { Entry } from '../records/kind.ts';
import { emit, type State } from '../state.ts';
import type { Millis } from '../time.ts';
import { isObserver } from './accuse.ts';
import { jury } from './verdict.ts';
import { addressOf, hostBody, hostState, knownHosts, peerOf } from './view.ts';

const claimName = (entry: Entry<ClaimBody>): string => `${entry.row.id}|${entry.row.group}`;

/** Its agent does not act, while its containers may serve on. */
export const isQuiet = (state: State, host: HostId): boolean =>
  ['agent-down', 'stalled'].includes(hostState(state, host));

const tcpPort = (body: ClaimBody): number | undefined =>
  body.ports.find((port) => port.protocol === 'tcp' && port.published > 0)?.published;

/** On ticks: one connect per second and endpoint of each quiet host that we observe. */
export function probeEndpoints(state: State): void {
  if (state.now < state.membership.nextEndpointRoundAt) return;
  state.membership.nextEndpointRoundAt = state.now + state.config.tunables.endpointProbeMs;
  for (const host of knownHosts(state)) {
    const peer = state.membership.peers.get(host);
    if (!isQuiet(state, host)) peer?.endpoints.clear();
    else if (isObserver(state, host)) probeHost(state, host);
  }
}

function probeHost(state: State, host: HostId): void {
  const at = addressOf(state, host);
  for (const entry of claimsOfHost(state, host)) {
    const port = tcpPort(entry.body);
    if (!at || entry.body.run < RUN.started || port === undefined) continue;
    const probe = state.membership.nextProbe++;
    state.membership.probes.set(probe, { host, claim: claimName(entry) });
    const { endpointProbeMs } = state.config.tunables;
    emit(state, { kind: 'probe', probe, address: at.address, port, timeoutMs: endpointProbeMs });
  }
}

export function claimsOfHost(state: State, host: HostId): Entry<ClaimBody>[] {
  const found: Entry<ClaimBody>[] = [];
  for (const { row } of entriesOfOrigin(state.table, host)) {
    const entry = row.kind === 'claim' && entryOf(state.table, 'claim', row.id, row.group, host);
    if (entry) found.push(entry);
  }
  return found;
}

export function onEndpointProbed(state: State, host: HostId, claim: string, outcome: ProbeOutcome): void {
  if (!isQuiet(state, host)) return;
  const { endpoints } = peerOf(state, host);
  const probe = endpoints.get(claim) ?? { misses: 0, deadSince: null };
  endpoints.set(claim, probe);
  probe.misses = outcome === 'open' ? 0 : probe.misses + 1;
  const dead = probe.misses >= state.config.tunables.endpointMisses;
  if (!dead && probe.misses > 0) return;
  const incarnation = hostBody(state, host)?.incarnation ?? 0;
  const ours = ownerBody(state.table, 'probe', host, claim, state.self);
  if ((ours?.dead ?? false) !== dead) writeRow(state, 'probe', host, claim, { incarnation, dead });
}

/** `dead`: out of every answer. `open`: dead for long enough that others may take the slot. */
export function endpointVerdict(state: State, entry: Entry<ClaimBody>): 'served' | 'dead' | 'open' {
  const host = entry.row.origin;
  if (!isQuiet(state, host)) return 'served';
  const peer = peerOf(state, host);
  const { agentDownAfterMs, endpointOpenAfterMs } = state.config.tunables;
  if (tcpPort(entry.body) === undefined) {
    // Taken, but with no container yet: nothing serves, and nobody is left to start it.
    const afterMs = entry.body.container === null ? endpointOpenAfterMs : agentDownAfterMs;
    return state.now - peer.stateSince > afterMs ? 'open' : 'served';
  }
  const name = claimName(entry);
  const jurors = jury(state, host);
  const votes = jurors.filter((o) => ownerBody(state.table, 'probe', host, name, o)?.dead === true).length;
  const probe = peer.endpoints.get(name) ?? { misses: 0, deadSince: null };
  peer.endpoints.set(name, probe);
  if (votes < Math.max(1, Math.min(2, jurors.length))) {
    probe.deadSince = null;
    return 'served';
  }
  probe.deadSince ??= state.now;
  return deadFor(state, probe.deadSince) >= endpointOpenAfterMs ? 'open' : 'dead';
}

const deadFor = (state: State, since: Millis): Millis => state.now - since;
