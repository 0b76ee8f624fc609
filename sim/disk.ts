/** A host's store: atomic batches that take a while, are kept or lost by a crash, and are refused when it is full. */
import type { Batch } from '../agent/loop.ts';
import type { Meta } from '../protocol/effect.ts';
import { nextFraction, type Random } from '../protocol/random.ts';
import { isKind, KINDS } from '../protocol/records/index.ts';
import { type Row, type RowKey, rowKey } from '../protocol/records/row.ts';
import { after, type World } from './world.ts';

export interface Disk {
  rows: Map<RowKey, Row>;
  meta: Meta;
  isFull: boolean;
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
  underWay: new Set(),
  random,
});

export function write(world: World, disk: Disk, batch: Batch, done: (error: string | null) => void): void {
  disk.underWay.add(batch);
  after(world, SYNC_MS.least + SYNC_MS.spread * nextFraction(disk.random), () => {
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
