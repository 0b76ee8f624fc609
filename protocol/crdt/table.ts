/**
 * The replicated state: a map from row key to the newest row of that key, with its indexes. How rows get in is merge.ts.
 * The digest is the XOR of 8 signature bytes of every held row, rows held aside included (rule R6).
 */
import type { HostId } from '../identity.ts';
import { hash32 } from '../random.ts';
import type { Bodies, Kind } from '../records/index.ts';
import type { Entry } from '../records/kind.ts';
import { type Row, type RowKey, rowKey } from '../records/row.ts';

export type Digest = [high: number, low: number];
export const BUCKETS = 256;

export interface Table {
  rows: Map<RowKey, Row>;
  /** parsed rows: kind -> id -> `group/origin` -> entry; rows of unknown kinds have no body */
  kinds: Map<string, Map<string, Map<string, Entry>>>;
  /** claims and rollouts by service id, for sweeping a removed service */
  byService: Map<string, Set<RowKey>>;
  byOrigin: Map<HostId, Set<RowKey>>;
  /** epoch of each origin's newest certificate: older rows about itself are void (rule R5) */
  epochs: Map<HostId, number>;
  /** rows that must wait (stamp too far ahead): counted in the digest, never read (rule R5) */
  aside: Map<RowKey, Row>;
  digest: Digest;
  buckets: Uint32Array;
  /** hosts that exist, sorted; null: to be derived anew (see membership/view.ts) */
  knownHosts: readonly HostId[] | null;
}

export const createTable = (): Table => ({
  rows: new Map(),
  kinds: new Map(),
  byService: new Map(),
  byOrigin: new Map(),
  epochs: new Map(),
  aside: new Map(),
  digest: [0, 0],
  buckets: new Uint32Array(BUCKETS * 2),
  knownHosts: null,
});

export function insertEntry(table: Table, key: RowKey, entry: Entry): void {
  const { row } = entry;
  table.rows.set(key, row);
  addTo(table.byOrigin, row.origin, key);
  const service = serviceOf(row);
  if (service !== undefined) addTo(table.byService, service, key);
  const index = table.kinds.get(row.kind) ?? new Map<string, Map<string, Entry>>();
  table.kinds.set(row.kind, index);
  const object = index.get(row.id) ?? new Map<string, Entry>();
  index.set(row.id, object);
  object.set(`${row.group}/${row.origin}`, entry);
  toggle(table, row);
}

export function removeRow(table: Table, row: Row): Row {
  const key = rowKey(row);
  table.rows.delete(key);
  takeFrom(table.byOrigin, row.origin, key);
  const service = serviceOf(row);
  if (service !== undefined) takeFrom(table.byService, service, key);
  const index = table.kinds.get(row.kind);
  const object = index?.get(row.id);
  object?.delete(`${row.group}/${row.origin}`);
  if (object?.size === 0) index?.delete(row.id);
  toggle(table, row);
  return row;
}

/** The service that a claim or rollout belongs to. */
function serviceOf(row: Row): string | undefined {
  if (row.kind === 'rollout') return row.id;
  return row.kind === 'claim' ? row.id.slice(0, row.id.indexOf('.')) : undefined;
}

function addTo(index: Map<string, Set<RowKey>>, name: string, key: RowKey): void {
  const keys = index.get(name);
  if (keys) keys.add(key);
  else index.set(name, new Set([key]));
}

function takeFrom(index: Map<string, Set<RowKey>>, name: string, key: RowKey): void {
  const keys = index.get(name);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(name);
}

/** Eight bytes of the signature name a row's exact content: Ed25519 is deterministic and its bytes look random. */
export function rowFingerprint(row: Row): Digest {
  const view = new DataView(row.sig.buffer, row.sig.byteOffset, row.sig.byteLength);
  return [view.getUint32(0), view.getUint32(4)];
}

export const bucketOf = (key: RowKey): number => hash32(key) % BUCKETS;

export function toggle(table: Table, row: Row): void {
  if (row.kind === 'host' || row.kind === 'node') table.knownHosts = null;
  const [high, low] = rowFingerprint(row);
  const at = bucketOf(rowKey(row)) * 2;
  table.buckets[at] = (table.buckets[at] ?? 0) ^ high;
  table.buckets[at + 1] = (table.buckets[at + 1] ?? 0) ^ low;
  table.digest[0] = (table.digest[0] ^ high) >>> 0;
  table.digest[1] = (table.digest[1] ^ low) >>> 0;
}

export const entriesOf = <K extends Kind>(table: Table, kind: K, id: string): Entry<Bodies[K]>[] => [
  ...objectOf(table, kind, id).values(),
];

/** The one entry of that group and origin. */
export const entryOf = <K extends Kind>(
  table: Table,
  kind: K,
  id: string,
  group: string,
  origin: HostId,
): Entry<Bodies[K]> | undefined => objectOf(table, kind, id).get(`${group}/${origin}`);

export const idsOf = (table: Table, kind: Kind): string[] => [...(table.kinds.get(kind)?.keys() ?? [])];

export const hasEntry = (table: Table, kind: Kind, id: string, group: string): boolean => {
  for (const key of objectOf(table, kind, id).keys()) if (key.startsWith(`${group}/`)) return true;
  return false;
};

/** The body that `origin` wrote; for records about itself the origin is the id. */
export function ownerBody<K extends Kind>(
  table: Table,
  kind: K,
  id: string,
  group: string,
  origin: HostId = id,
): Bodies[K] | undefined {
  const object = objectOf(table, kind, id);
  // Most such objects hold one row, and this is asked for constantly.
  if (object.size === 1)
    for (const { row, body } of object.values())
      return row.group === group && row.origin === origin ? body : undefined;
  return object.get(`${group}/${origin}`)?.body;
}

/** Last writer wins by (HLC, host) among the origins' rows of one field group. */
export function latest<K extends Kind>(
  table: Table,
  kind: K,
  id: string,
  group: string,
): Entry<Bodies[K]> | undefined {
  let best: Entry<Bodies[K]> | undefined;
  for (const entry of objectOf(table, kind, id).values()) {
    if (entry.row.group === group && (!best || isLater(entry.row, best.row))) best = entry;
  }
  return best;
}

const isLater = (a: Row, b: Row): boolean => a.hlc > b.hlc || (a.hlc === b.hlc && a.origin > b.origin);

export const entriesOfService = (table: Table, service: string): Entry[] =>
  lookUp(table, table.byService.get(service));
export const entriesOfOrigin = (table: Table, origin: HostId): Entry[] =>
  lookUp(table, table.byOrigin.get(origin));

function lookUp(table: Table, keys: Set<RowKey> | undefined): Entry[] {
  const found: Entry[] = [];
  for (const key of keys ?? []) {
    const row = table.rows.get(key);
    const entry = row && table.kinds.get(row.kind)?.get(row.id)?.get(`${row.group}/${row.origin}`);
    if (entry) found.push(entry);
  }
  return found;
}

/** The one place where a kind's name vouches for its body type: merge.ts parsed it before it was inserted. */
const objectOf = <K extends Kind>(table: Table, kind: K, id: string): Map<string, Entry<Bodies[K]>> =>
  (table.kinds.get(kind)?.get(id) ?? EMPTY) as Map<string, Entry<Bodies[K]>>;

const EMPTY: Map<string, Entry> = new Map();
