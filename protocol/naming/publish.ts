/** Live claims and hosts -> what the DNS worker answers; only what changed is sent. */

import { entriesOfService } from '../crdt/table.ts';
import { endpointVerdict } from '../membership/endpoints.ts';
import { addressOf, hostName, hostState, knownHosts } from '../membership/view.ts';
import { type Slot, slotIndex } from '../placement/slot.ts';
import { publishedClaim } from '../placement/slots.ts';
import type { ClaimEntry } from '../placement/standing.ts';
import { isGlobal, portsOf, type Service, shortName } from '../services/read.ts';
import { emit, type State } from '../state.ts';
import type { ZoneDelta, ZoneHost, ZonePort, ZoneService, ZoneTask } from './zone-view.ts';

/** Sends the services named, and the host list if it changed. Nothing is sent before the first view is loaded (N1). */
export function publishZone(state: State, services: Iterable<string>): void {
  const changed: ZoneDelta['services'] = [];
  for (const id of services) {
    const service = state.services.get(id);
    const next = service ? zoneService(state, service) : null;
    const key = JSON.stringify(next);
    if ((state.zone.services.get(id) ?? 'null') === key) continue;
    state.zone.services.set(id, key);
    if (next === null) state.zone.services.delete(id);
    changed.push([id, next]);
  }
  const hosts = knownHosts(state).map((host) => zoneHost(state, host));
  const hostsKey = JSON.stringify(hosts);
  const hostsChanged = hostsKey !== state.zone.hosts;
  if (changed.length === 0 && !hostsChanged) return;
  state.zone.hosts = hostsKey;
  state.zone.serial += 1;
  const delta: ZoneDelta = { serial: state.zone.serial, services: changed };
  emit(state, { kind: 'zone', delta: hostsChanged ? { ...delta, hosts } : delta });
}

function zoneService(state: State, service: Service): ZoneService {
  const slots = new Set<Slot>();
  for (const { row } of entriesOfService(state.table, service.id))
    if (row.kind === 'claim') slots.add(row.id);
  const tasks = [...slots].sort().flatMap((slot) => {
    const claim = publishedClaim(state, slot);
    return claim ? [zoneTask(state, service, claim)] : [];
  });
  const { id, name: fullName, stack } = service;
  return { id, name: shortName(service), fullName, ...(stack ? { stack } : {}), tasks };
}

function zoneTask(state: State, service: Service, claim: ClaimEntry): ZoneTask {
  const host = claim.row.origin;
  const task: ZoneTask = {
    slot: isGlobal(service.spec) ? hostName(state, host) : slotIndex(claim.row.id),
    host,
    hostName: hostName(state, host),
    hostAddress: addressOf(state, host)?.address ?? '',
    ports: zonePorts(service, claim),
    suspect: hostState(state, host) === 'suspect' || endpointVerdict(state, claim) !== 'served',
  };
  return claim.body.address ? { ...task, containerAddress: claim.body.address } : task;
}

function zonePorts(service: Service, claim: ClaimEntry): ZonePort[] {
  return portsOf(service.spec).map((port) => {
    const protocol = port.Protocol ?? 'tcp';
    const real = claim.body.ports.find((p) => p.target === port.TargetPort && p.protocol === protocol);
    const zonePort: ZonePort = { protocol, target: port.TargetPort, published: real?.published ?? 0 };
    return port.Name ? { ...zonePort, name: port.Name } : zonePort;
  });
}

const zoneHost = (state: State, host: string): ZoneHost => ({
  id: host,
  name: hostName(state, host),
  address: addressOf(state, host)?.address ?? '',
  alive: host === state.self || !['failed', 'left', 'unknown'].includes(hostState(state, host)),
});
