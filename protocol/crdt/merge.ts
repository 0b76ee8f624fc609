/**
 * The join: merging is a map of registers with a total order each, so it commutes, associates and repeats harmlessly;
 * rows made void by others are dropped by a pure rule of their kind.
 */
import type { HostId } from '../identity.ts';
import { isKind, KINDS } from '../records/index.ts';
import type { Entry, RecordKind } from '../records/kind.ts';
import { operatorOrder, ownerOrder, type Row, type RowKey, rowKey } from '../records/row.ts';
import { decode } from '../wire/codec.ts';
import { entriesOfOrigin, hasEntry, insertEntry, removeRow, type Table, toggle } from './table.ts';

type MergeResult =
  /** it is held now; `dropped` rows (replaced or made void) no longer are */
  | { outcome: 'held'; dropped: Row[] }
  /** an equal or newer row is held already */
  | { outcome: 'known' }
  /** made meaningless by rows held here; an older row of the key it replaces is dropped with it */
  | { outcome: 'void'; dropped: Row[] }
  | { outcome: 'refused'; why: string };

/** Merges one row whose signature has been checked. */
export function mergeRow(table: Table, row: Row): MergeResult {
  const key = rowKey(row);
  const held = table.rows.get(key);
  if (held && compareRows(row, held) <= 0) return { outcome: 'known' };
  const parsed = parseBody(row);
  if ('why' in parsed) return { outcome: 'refused', why: parsed.why };
  const dropped: Row[] = [];
  if (held) dropped.push(removeRow(table, held));
  const entry: Entry = { row, body: parsed.body };
  if (isVoid(table, entry)) return { outcome: 'void', dropped };
  insertEntry(table, key, entry);
  dropped.push(...dropVoided(table, entry));
  return { outcome: 'held', dropped };
}

/** Later rows of one key win: by stamp for operators' records, by (epoch, sequence) for all others. */
export function compareRows(a: Row, b: Row): number {
  return isKind(a.kind) && KINDS[a.kind].writer === 'operator' ? operatorOrder(a, b) : ownerOrder(a, b);
}

/** Keeps a row that may not be read yet, so that digests agree and repair does not fetch it again and again. */
export function setAside(table: Table, row: Row): boolean {
  const key = rowKey(row);
  const held = table.aside.get(key);
  if (held && compareRows(row, held) <= 0) return false;
  if (held) toggle(table, held);
  table.aside.set(key, row);
  toggle(table, row);
  return true;
}

export function takeAside(table: Table, key: RowKey): Row | undefined {
  const row = table.aside.get(key);
  if (!row) return undefined;
  table.aside.delete(key);
  toggle(table, row);
  return row;
}

function parseBody(row: Row): { body: unknown } | { why: string } {
  if (!isKind(row.kind)) return { body: undefined };
  const kind: RecordKind<unknown> = KINDS[row.kind];
  if (!kind.mayWrite(row.id, row.group, row.origin)) return { why: 'not its to write' };
  try {
    return { body: kind.parse(decode(row.body), '') };
  } catch (error) {
    return { why: error instanceof Error ? error.message : 'unreadable body' };
  }
}

function isVoid(table: Table, entry: Entry): boolean {
  const kind = kindOf(entry.row.kind);
  // A kind of a newer version is only kept and handed on: whether it ends with its host is not known here.
  if (!kind) return false;
  if (kind.writer === 'owner' && !kind.outlivesOrigin && isOfEndedLife(table, entry.row)) return true;
  return kind.isVoid?.(entry, table) ?? false;
}

/**
 * Its host lost its store since, or was removed. The certificate of a removed host stays: without it nobody who comes
 * later could verify what was deployed there.
 */
const isOfEndedLife = (table: Table, row: Row): boolean =>
  row.epoch < (table.epochs.get(row.origin) ?? 0) ||
  (row.kind !== 'member' && isRemovedHost(table, row.origin));

/** A host that operators removed may write nothing more about itself. */
export const isRemovedHost = (table: Table, host: HostId): boolean =>
  hasEntry(table, 'node', host, 'removed');

const kindOf = (name: string): RecordKind<unknown> | undefined =>
  isKind(name) ? (KINDS[name] as RecordKind<unknown>) : undefined;

function dropVoided(table: Table, entry: Entry): Row[] {
  const candidates = [...(kindOf(entry.row.kind)?.affects?.(entry, table) ?? [])];
  if (noteEpoch(table, entry.row)) candidates.push(...entriesOfOrigin(table, entry.row.origin));
  const dropped: Row[] = [];
  for (const candidate of candidates) {
    if (candidate.row !== entry.row && table.rows.get(rowKey(candidate.row)) === candidate.row) {
      if (isVoid(table, candidate)) dropped.push(removeRow(table, candidate.row));
    }
  }
  return dropped;
}

/**
 * A new epoch begins with the host's certificate published anew, and with nothing else: so what voids the older rows is
 * itself a row that is held and repaired everywhere, and hosts cannot differ about it for ever.
 */
function noteEpoch(table: Table, row: Row): boolean {
  if (row.kind !== 'member' || row.epoch <= (table.epochs.get(row.origin) ?? 0)) return false;
  table.epochs.set(row.origin, row.epoch);
  return true;
}
