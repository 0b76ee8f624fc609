/** Flooding of new rows: the first change after a quiet moment leaves at once, later ones in batches (rule R10). */
import type { HostId } from '../identity.ts';
import { type Row, rowKey } from '../records/row.ts';
import { emit, type State, startTimer } from '../state.ts';
import type { Millis } from '../time.ts';

const FLOOD_TIMER = 'flood';
const FLOODS_REMEMBERED = 32;
const SAMPLES = 64;

/** At the end of a step: floods what waits, or arms the batch timer. */
export function spread(state: State): void {
  if (state.gossip.outbox.size === 0) return;
  const quietMs = state.now - state.gossip.lastFloodAt;
  const { batchMs } = state.config.tunables;
  if (quietMs >= batchMs) flood(state);
  else if (!state.timers.has(FLOOD_TIMER)) startTimer(state, FLOOD_TIMER, batchMs - quietMs);
}

/** How long a row written in a burst may wait for its flood: a bid's hold must outlast that of its rivals (rule C6). */
export const floodWaitMs = (state: State): Millis => {
  const { batchMs } = state.config.tunables;
  return state.now - state.gossip.lastFloodAt >= batchMs ? 0 : batchMs;
};

export const isFloodTimer = (timer: string): boolean => timer === FLOOD_TIMER;

/** Sends everything in the outbox, cut into messages of bounded size. */
export function flood(state: State): void {
  const rows = [...state.gossip.outbox.values()].filter((row) => state.table.rows.get(rowKey(row)) === row);
  state.gossip.outbox.clear();
  state.gossip.lastFloodAt = state.now;
  if (state.gossip.peers.size === 0) return;
  for (const part of inParts(rows, state.config.tunables.batchBytes)) {
    emit(state, { kind: 'broadcast', message: { type: 'rows', how: 'flood', rows: part } });
  }
  const seqs = new Set(rows.filter((row) => row.origin === state.self).map((row) => row.seq));
  if (seqs.size === 0) return;
  state.gossip.floods.push({ seqs, at: state.now, heard: new Set() });
  if (state.gossip.floods.length > FLOODS_REMEMBERED) state.gossip.floods.shift();
}

export function inParts(rows: Row[], maxBytes: number): Row[][] {
  const parts: Row[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const bytes = row.body.length + row.id.length + row.group.length + 160;
    if (size + bytes > maxBytes) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(row);
    size += bytes;
  }
  return parts;
}

/** Tells the origins among our links that their flooded rows are on our disk. */
export function confirmStored(state: State, rows: Row[]): void {
  if (state.commands.readOnly !== null) return;
  const byOrigin = new Map<HostId, number[]>();
  for (const row of rows) {
    if (row.origin === state.self || !state.gossip.peers.has(row.origin)) continue;
    if (state.table.rows.get(rowKey(row))?.seq === row.seq) {
      byOrigin.set(row.origin, [...(byOrigin.get(row.origin) ?? []), row.seq]);
    }
  }
  for (const [to, seqs] of byOrigin) {
    const epoch = state.table.epochs.get(to) ?? 1;
    emit(state, { kind: 'send', to, message: { type: 'stored', epoch, seqs } });
  }
}

/** A neighbour stored rows of ours: a sample of how long a flood takes, for the hold (rule C6). */
export function noteStored(state: State, from: HostId, seqs: number[]): void {
  for (const sent of state.gossip.floods) {
    if (sent.heard.has(from) || !seqs.some((seq) => sent.seqs.has(seq))) continue;
    sent.heard.add(from);
    state.gossip.storedMs.push(state.now - sent.at);
    if (state.gossip.storedMs.length > SAMPLES) state.gossip.storedMs.shift();
  }
}

/** Hold between bid and start: twice the p99 of broadcast-to-stored, within bounds; a default until measured. */
export function holdMs(state: State): number {
  const { holdFloorMs, holdCeilingMs, holdFirstMs } = state.config.tunables;
  const samples = [...state.gossip.storedMs].sort((a, b) => a - b);
  if (samples.length < 3) return holdFirstMs;
  const p99 = samples[Math.min(samples.length - 1, Math.floor(samples.length * 0.99))] ?? holdFirstMs;
  return Math.min(holdCeilingMs, Math.max(holdFloorMs, Math.ceil(2 * p99)));
}
