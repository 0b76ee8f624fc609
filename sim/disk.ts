/** A host's store: atomic batches that take a while, are kept or lost by a crash, and are refused when it is full. */
import type { Batch } from '../agent/loop.ts';
import type { Meta } from '../protocol/effect.ts';
import { nextFraction, type Random } from '../protocol/random.ts';
import { isKind, KINDS } from '../protocol/records/index.ts';
import { type Row, type RowKey, rowKey } from '../protocol/records/row.ts';
import type { Millis } from '../protocol/time.ts';
import { after, type World } from './world.ts';

export interface Disk {
  rows: Map<RowKey, Row>;
  meta: Meta;
  isFull: boolean;
  /** added to every sync */
  slowMs: Millis;
  /** a copy made earlier, to be put back */
  snapshot: Pick<Disk, 'rows' | 'meta'> | null;
  /** at the next batch everything ends: before it is on the disk, while it is written, or before anybody learns of it */
  crashAt: 'before' | 'middle' | 'after' | null;
  /** batches handed over whose sync has not ended */
  underWay: Set<Batch>;
  random: Random;
}

const SYNC_MS = { least: 0.5, spread: 4 };
const NEW_META: Meta = { epoch: 1, seq: 0, hlc: 0 };

export const createDisk = (random: Random): Disk => ({
  rows: new Map(),
  meta: NEW_META,
  isFull: false,
  slowMs: 0,
  snapshot: null,
  crashAt: null,
  underWay: new Set(),
  random,
});

export function write(world: World, disk: Disk, batch: Batch, done: (error: string | null) => void): void {
  disk.underWay.add(batch);
  after(world, SYNC_MS.least + disk.slowMs + SYNC_MS.spread * nextFraction(disk.random), () => {
    if (!disk.underWay.delete(batch)) return;
    if (disk.isFull) return done('no space left on device');
    apply(disk, batch);
    done(null);
  });
}

/** The process or the machine ended: a batch under way is on the disk or it is not. */
export function crash(disk: Disk): void {
  for (const batch of disk.underWay) if (!disk.isFull && nextFraction(disk.random) < 0.5) apply(disk, batch);
  disk.underWay.clear();
}

/**
 * The end at a persist boundary. A batch that is torn fails its checksum when the store is opened, so nothing of it is
 * there: LevelDB's log holds a batch wholly or not at all.
 */
export function crashAtBoundary(disk: Disk, batch: Batch): void {
  if (disk.crashAt === 'after' && !disk.isFull) apply(disk, batch);
  disk.crashAt = null;
}

export function keepSnapshot(disk: Disk): void {
  disk.snapshot = { rows: new Map(disk.rows), meta: { ...disk.meta } };
}

/** The disk is as it was at the snapshot. */
export function restoreSnapshot(disk: Disk): void {
  if (!disk.snapshot) return;
  disk.rows = new Map(disk.snapshot.rows);
  disk.meta = { ...disk.snapshot.meta };
}

/** A repaired store: its counters are right, every so many of its rows is gone (rule R6). */
export function dropRows(disk: Disk, every: number, first: number): number {
  const lost = [...disk.rows.keys()].filter((_, at) => at % every === first % every);
  for (const key of lost) disk.rows.delete(key);
  return lost.length;
}

export function wipe(disk: Disk): void {
  disk.rows.clear();
  disk.meta = NEW_META;
}

export const read = (disk: Disk): { rows: Row[]; meta: Meta } => ({
  rows: [...disk.rows.values()],
  meta: { ...disk.meta },
});

function apply(disk: Disk, batch: Batch): void {
  for (const key of batch.remove) disk.rows.delete(key);
  for (const row of batch.put) {
    if (isKind(row.kind) && KINDS[row.kind].retention === 'memory') continue;
    disk.rows.set(rowKey(row), row);
  }
  disk.meta = { ...batch.meta };
}
