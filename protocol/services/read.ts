/** A service as one object again: its field groups joined, its name settled, its generation and version derived. */
import { entriesOf, hasEntry, idsOf, latest, type Table } from '../crdt/table.ts';
import { hash32 } from '../random.ts';
import { currentGeneration, type Generation, HOST_PORTS_GROUP, TASK_GROUP } from '../records/generation.ts';
import type { Entry } from '../records/kind.ts';
import { isLabelGroup, labelKey } from '../records/label.ts';
import { REMOVED, type ServiceBody } from '../records/service.ts';
import { type PortConfig, type ServiceSpec, STACK_LABEL, type TaskTemplate } from '../spec.ts';
import { hlcWall, type Millis } from '../time.ts';
import { isReadable } from './check.ts';

/** Field groups with a fixed name; each label has its own, `label.KEY`. */
export const GROUPS = {
  name: 'Name',
  mode: 'Mode',
  task: TASK_GROUP,
  update: 'UpdateConfig',
  rollback: 'RollbackConfig',
  endpoint: 'EndpointSpec',
  hostPorts: HOST_PORTS_GROUP,
  networks: 'Networks',
  /** keys of the specification that this version does not know, kept for those that do */
  other: 'Other',
} as const;

export interface Service {
  id: string;
  /** `web~2` when a service with a lower id holds the name (rule R3) */
  name: string;
  /** the name it was created with */
  ownName: string;
  stack: string | null;
  spec: ServiceSpec;
  generation: Generation;
  version: number;
  createdAt: Millis;
  updatedAt: Millis;
  /** id of the service that holds the name, when it is not this one */
  conflict: string | null;
}

const serviceIds = (table: Table): string[] =>
  idsOf(table, 'service')
    .filter((id) => !hasEntry(table, 'service', id, REMOVED) && hasEntry(table, 'service', id, GROUPS.task))
    .sort();

/** Undefined: removed, or its task template has not arrived yet. */
export function readService(table: Table, id: string): Service | undefined {
  const task = latest(table, 'service', id, GROUPS.task);
  if (!task || hasEntry(table, 'service', id, REMOVED)) return undefined;
  const entries = entriesOf(table, 'service', id);
  const ownName = nameOf(table, id);
  const rivals = holdersOfName(table, ownName);
  const rank = rivals.indexOf(id);
  const spec = joinSpec(table, id, ownName, task);
  // Members may write what this version cannot read, or nobody can: its rows are kept and handed on, nothing runs.
  if (!isReadable(spec)) return undefined;
  return {
    id,
    name: rank > 0 ? `${ownName}~${rank + 1}` : ownName,
    ownName,
    stack: spec.Labels?.[STACK_LABEL] ?? null,
    spec,
    generation: currentGeneration(table, id),
    version: versionOf(entries),
    createdAt: hlcWall(Number.parseInt(id.slice(0, 11), 36) || 0),
    updatedAt: hlcWall(Math.max(...entries.map((entry) => entry.row.hlc))),
    conflict: rank > 0 ? (rivals[0] ?? null) : null,
  };
}

const nameOf = (table: Table, id: string): string => {
  const value = latest(table, 'service', id, GROUPS.name)?.body.value;
  return typeof value === 'string' ? value : id;
};

/** Live services of one name, the holder first: the lowest id, that is the first created. */
function holdersOfName(table: Table, name: string): string[] {
  return serviceIds(table).filter((id) => nameOf(table, id) === name);
}

function joinSpec(table: Table, id: string, name: string, task: Entry<ServiceBody>): unknown {
  const read = (group: string): unknown => latest(table, 'service', id, group)?.body.value ?? undefined;
  const other = read(GROUPS.other);
  const spec: Record<string, unknown> = {
    ...(isObject(other) ? other : {}),
    Name: name,
    Labels: readLabels(table, id),
    TaskTemplate: task.body.value,
    Mode: read(GROUPS.mode) ?? { Replicated: { Replicas: 1 } },
  };
  for (const group of [GROUPS.update, GROUPS.rollback, GROUPS.networks]) {
    const value = read(group);
    if (value !== undefined) spec[group] = value;
  }
  const endpoint = joinPorts(read(GROUPS.endpoint), read(GROUPS.hostPorts));
  if (endpoint) spec['EndpointSpec'] = endpoint;
  return spec;
}

function joinPorts(endpoint: unknown, hostPorts: unknown): Record<string, unknown> | undefined {
  if (!isObject(endpoint) && !Array.isArray(hostPorts)) return undefined;
  const base = isObject(endpoint) ? endpoint : {};
  const shared = Array.isArray(base['Ports']) ? base['Ports'] : [];
  const ports = [...shared, ...(Array.isArray(hostPorts) ? hostPorts : [])];
  return ports.length > 0 ? { ...base, Ports: ports } : base;
}

function readLabels(table: Table, id: string): Record<string, string> {
  const labels: Record<string, string> = {};
  const groups = new Set(entriesOf(table, 'service', id).map((entry) => entry.row.group));
  for (const group of [...groups].sort()) {
    if (!isLabelGroup(group)) continue;
    const value = latest(table, 'service', id, group)?.body.value;
    if (typeof value === 'string') labels[labelKey(group)] = value;
  }
  return labels;
}

/** 1024 x all writes + 10 bits of the vector's hash: grows with every merge, equal only for equal content (rule R4). */
function versionOf(entries: Entry<ServiceBody>[]): number {
  const writes = new Map<string, number>();
  for (const { row, body } of entries)
    writes.set(row.origin, Math.max(writes.get(row.origin) ?? 0, body.writes));
  const vector = [...writes].sort(([a], [b]) => (a < b ? -1 : 1));
  const total = vector.reduce((sum, [, count]) => sum + count, 0);
  return total * 1024 + (hash32(vector.join(';')) % 1024);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isGlobal = (spec: ServiceSpec): boolean =>
  spec.Mode?.Global !== undefined && spec.Mode.Global !== null;
export const replicasOf = (spec: ServiceSpec): number => spec.Mode?.Replicated?.Replicas ?? 1;
export const portsOf = (spec: ServiceSpec): PortConfig[] => spec.EndpointSpec?.Ports ?? [];
export const hostPortsOf = (spec: ServiceSpec): PortConfig[] =>
  portsOf(spec).filter((port) => port.PublishMode === 'host');

/** Name inside the stack: `web` of `shop_web`. */
export const shortName = (service: Pick<Service, 'name' | 'stack'>): string =>
  service.stack && service.name.startsWith(`${service.stack}_`)
    ? service.name.slice(service.stack.length + 1)
    : service.name;

export const reservationsOf = (task: TaskTemplate): { memoryBytes: number; nanoCpus: number } => ({
  memoryBytes: task.Resources?.Reservations?.MemoryBytes ?? 0,
  nanoCpus: task.Resources?.Reservations?.NanoCPUs ?? 0,
});
