/** Hosts as candidates, from published records: labels, room, ports and counts by everybody's claims, loads by gossip. */

import { entriesOf, idsOf } from '../crdt/table.ts';
import type { HostId } from '../identity.ts';
import { claimsOfHost } from '../membership/endpoints.ts';
import { hostBody, hostName, isDrained, labelsOf, liveHosts } from '../membership/view.ts';
import { splitClaimId } from '../reconcile/local.ts';
import { RUN } from '../records/claim.ts';
import { hostPortsOf, isGlobal, reservationsOf, type Service } from '../services/read.ts';
import type { State } from '../state.ts';
import type { Candidate, Item } from './constraints/filter.ts';
import { type Slot, slotIndex, slotService } from './slot.ts';
import { type ClaimEntry, standingOf } from './standing.ts';

export function candidatesOf(state: State): Candidate[] {
  const candidates = new Map(liveHosts(state).map((host) => [host, bareCandidate(state, host)]));
  for (const slot of idsOf(state.table, 'claim')) {
    for (const entry of entriesOf(state.table, 'claim', slot)) {
      const candidate = candidates.get(entry.row.origin);
      if (candidate && isPromised(state, entry)) occupy(state, candidate, entry);
    }
  }
  return [...candidates.values()];
}

/** This host alone, for a last look at its room before it starts something. */
export function ownCandidate(state: State): Candidate {
  const candidate = bareCandidate(state, state.self);
  for (const entry of claimsOfHost(state, state.self))
    if (isPromised(state, entry)) occupy(state, candidate, entry);
  return candidate;
}

/** Claims count from the moment in which they were won until they have finished. */
const isPromised = (state: State, entry: ClaimEntry): boolean =>
  entry.body.run >= RUN.started && !entry.body.finished && standingOf(state, entry) !== 'masked';

/** Without what runs on it. */
export function bareCandidate(state: State, host: HostId): Candidate {
  const body = hostBody(state, host);
  const load = host === state.self ? state.membership.load : state.membership.peers.get(host)?.load?.load;
  return {
    host,
    name: hostName(state, host),
    labels: labelsOf(state, host),
    drained: isDrained(state, host),
    engineUp: body !== undefined && body.engineKind !== 'none',
    memoryBytes: body?.memoryBytes ?? 0,
    nanoCpus: body?.nanoCpus ?? 0,
    usedMemoryBytes: 0,
    usedNanoCpus: 0,
    ports: new Map(),
    tasks: 0,
    tasksOf: new Map(),
    cpuMille: load?.cpuMille ?? 0,
    memoryMille: load?.memoryMille ?? 0,
    quarantine: host === state.self ? quarantined(state) : new Map(),
  };
}

function occupy(state: State, candidate: Candidate, entry: ClaimEntry): void {
  const { body } = entry;
  reserve(candidate, {
    slot: entry.row.id,
    memoryBytes: body.memoryBytes,
    nanoCpus: body.nanoCpus,
    ports: portsOf(state, entry),
  });
}

/** Gives an item to a candidate: in fact, or only in this evaluation. */
export function reserve(
  candidate: Candidate,
  item: Pick<Item, 'slot' | 'memoryBytes' | 'nanoCpus' | 'ports'>,
): void {
  const service = slotService(item.slot);
  candidate.tasks += 1;
  candidate.tasksOf.set(service, (candidate.tasksOf.get(service) ?? 0) + 1);
  candidate.usedMemoryBytes += item.memoryBytes;
  candidate.usedNanoCpus += item.nanoCpus;
  for (const port of item.ports) candidate.ports.set(port, [...(candidate.ports.get(port) ?? []), item.slot]);
}

/** The host ports of its container; while there is none, those that it will need. */
function portsOf(state: State, { row, body }: ClaimEntry): string[] {
  const service = state.services.get(slotService(row.id));
  if (body.container === null && service?.generation === row.group) return itemOf(service, row.id).ports;
  return body.ports.filter((port) => port.published > 0).map((port) => `${port.protocol}/${port.published}`);
}

export function itemOf(service: Service, slot: Slot): Item {
  return {
    slot,
    service: service.id,
    host: isGlobal(service.spec) ? slotIndex(slot) : null,
    ...reservationsOf(service.spec.TaskTemplate),
    ports: hostPortsOf(service.spec)
      .filter((port) => (port.PublishedPort ?? 0) > 0)
      .map((port) => `${port.Protocol ?? 'tcp'}/${port.PublishedPort}`),
    constraints: service.spec.TaskTemplate.Placement?.Constraints ?? [],
  };
}

/** Slots this host will not take for now: a crash loop, or an attempt that just failed; of the wanted versions only. */
function quarantined(state: State): Map<Slot, string> {
  const found = new Map<Slot, string>();
  const { quarantineWindowMs, quarantineFailures } = state.config.tunables;
  for (const [claim, failures] of state.local.failures) {
    const { slot, generation } = splitClaimId(claim);
    if (state.services.get(slotService(slot))?.generation !== generation) continue;
    const recent = failures.at.filter((at) => state.now - at < quarantineWindowMs).length;
    if (recent >= quarantineFailures) {
      const minutes = Math.round(quarantineWindowMs / 60_000);
      found.set(slot, `failed ${recent} times here in ${minutes} min: ${failures.lastReason}`);
    } else if (state.now < failures.retryAt) {
      found.set(slot, `last attempt failed, waits before the next: ${failures.lastReason}`);
    }
  }
  return found;
}
