/** Writing services: the difference against what is held, by field group, so that concurrent edits both live (R2). */
import { entriesOf, latest } from '../crdt/table.ts';
import { rowMisfit, writeAt } from '../gossip/write.ts';
import { isLabelGroup, labelGroup } from '../records/label.ts';
import { REMOVED } from '../records/service.ts';
import type { ServiceSpec } from '../spec.ts';
import type { State } from '../state.ts';
import { hlcTick, stampText } from '../time.ts';
import { sameValue } from '../wire/same.ts';
import { GROUPS, hostPortsOf, portsOf } from './read.ts';

const KNOWN_KEYS = new Set([
  'Name',
  'Labels',
  'TaskTemplate',
  'Mode',
  'UpdateConfig',
  'RollbackConfig',
  'EndpointSpec',
  'Networks',
]);

/** All writes of one command share a stamp. Call once before the writes of a command. */
export function beginCommand(state: State): void {
  state.meta.hlc = hlcTick(state.meta.hlc, state.wall);
}

/** Creates the service under a new id, its creation stamp (rule R3). */
export function createService(state: State, spec: ServiceSpec): string {
  state.meta.hlc += 1;
  const id = stampText(state.meta.hlc, state.self);
  writeGroup(state, id, GROUPS.name, spec.Name);
  writeChanges(state, id, spec);
  return id;
}

/** Writes only the groups that differ; returns their names. */
export function writeChanges(state: State, id: string, spec: ServiceSpec): string[] {
  const wanted = groupsOf(spec);
  for (const entry of entriesOf(state.table, 'service', id)) {
    const { group } = entry.row;
    if (isLabelGroup(group) && !wanted.has(group)) wanted.set(group, null);
  }
  const changed: string[] = [];
  for (const [group, value] of wanted) {
    const held = latest(state.table, 'service', id, group)?.body.value ?? null;
    if (sameValue(held, value ?? null)) continue;
    writeGroup(state, id, group, value ?? null);
    changed.push(group);
  }
  return changed;
}

/** Why no other host would take the rows of this specification, or null. */
export function misfitOf(state: State, spec: ServiceSpec): string | null {
  for (const [group, value] of groupsOf(spec)) {
    const misfit = rowMisfit(state.config.tunables, group, { writes: Number.MAX_SAFE_INTEGER, value });
    if (misfit) return `service ${spec.Name}: ${misfit}`;
  }
  return null;
}

export function removeService(state: State, id: string): void {
  writeGroup(state, id, REMOVED, true);
}

function writeGroup(state: State, id: string, group: string, value: unknown): void {
  const own = entriesOf(state.table, 'service', id).filter((entry) => entry.row.origin === state.self);
  const writes = Math.max(0, ...own.map((entry) => entry.body.writes)) + 1;
  writeAt(state, 'service', id, group, { writes, value });
}

function groupsOf(spec: ServiceSpec): Map<string, unknown> {
  const { Ports: _ports, ...endpoint } = spec.EndpointSpec ?? {};
  const shared = portsOf(spec).filter((port) => port.PublishMode !== 'host');
  const endpointValue = shared.length > 0 ? { ...endpoint, Ports: shared } : endpoint;
  const hostPorts = hostPortsOf(spec);
  const other = Object.fromEntries(Object.entries(spec).filter(([key]) => !KNOWN_KEYS.has(key)));
  const groups = new Map<string, unknown>([
    [GROUPS.task, spec.TaskTemplate],
    [GROUPS.mode, spec.Mode ?? { Replicated: { Replicas: 1 } }],
    [GROUPS.update, spec.UpdateConfig],
    [GROUPS.rollback, spec.RollbackConfig],
    [GROUPS.networks, spec.Networks],
    [GROUPS.endpoint, Object.keys(endpointValue).length > 0 ? endpointValue : undefined],
    [GROUPS.hostPorts, hostPorts.length > 0 ? hostPorts : undefined],
    [GROUPS.other, Object.keys(other).length > 0 ? other : undefined],
  ]);
  for (const [key, value] of Object.entries(spec.Labels ?? {})) groups.set(labelGroup(key), value);
  return groups;
}
