/**
 * Anti-entropy between neighbours: equal digests end the matter; else 256 buckets, then the fingerprints of the
 * buckets that differ, then exactly the rows that are missing. What is compared is what is held, never a watermark,
 * so a hole in a repaired store or rows that came out of order cannot hide (rule R6).
 */
import { BUCKETS, bucketOf, type Digest, rowFingerprint } from '../crdt/table.ts';
import type { HostId } from '../identity.ts';
import { type Row, rowKey } from '../records/row.ts';
import { emit, type State } from '../state.ts';
import type { Fingerprint, Message } from '../wire/message.ts';
import { inParts } from './spread.ts';
import type { PeerGossip } from './state.ts';

const MAX_PAUSE_MS = 60_000;

export const createPeerGossip = (): PeerGossip => ({
  differsSince: null,
  nextWalkAt: 0,
  synced: false,
  pauseMs: 0,
});

/** A heartbeat told the peer's digest. */
export function noteDigest(state: State, host: HostId, digest: Digest): void {
  const peer = state.gossip.peers.get(host);
  if (!peer) return;
  if (sameDigest(digest, state.table.digest)) {
    peer.differsSince = null;
    peer.pauseMs = 0;
    noteSynced(state, host);
  } else {
    peer.differsSince ??= state.now;
  }
}

function noteSynced(state: State, host: HostId): void {
  state.gossip.synced = true;
  const peer = state.gossip.peers.get(host);
  if (peer) peer.synced = true;
}

const sameDigest = (a: Digest, b: Digest): boolean => a[0] === b[0] && a[1] === b[1];

/** On ticks: digests that stayed different for a while start a walk. */
export function startDueWalks(state: State): void {
  const { repairAfterMs, repairPauseMs } = state.config.tunables;
  for (const [host, peer] of state.gossip.peers) {
    const heardAt = state.membership.peers.get(host)?.heardAt ?? Number.NEGATIVE_INFINITY;
    // The rings may have moved on: what it said long ago is no news of it now.
    if (state.now - heardAt > repairPauseMs) peer.differsSince = null;
    const due = peer.differsSince !== null && state.now - peer.differsSince >= repairAfterMs;
    if (due && state.now >= peer.nextWalkAt) startWalk(state, host);
  }
}

export function startWalk(state: State, host: HostId): void {
  const peer = state.gossip.peers.get(host);
  if (!peer) return;
  const { repairPauseMs } = state.config.tunables;
  peer.pauseMs = Math.min(MAX_PAUSE_MS, Math.max(repairPauseMs, peer.pauseMs * 2));
  peer.nextWalkAt = state.now + peer.pauseMs;
  emit(state, { kind: 'send', to: host, message: { type: 'buckets', buckets: state.table.buckets.slice() } });
}

/** Step 1 arrived: answer with what we hold in the buckets that differ (none differ: the asker learns it is synced). */
export function answerBuckets(state: State, from: HostId, theirs: Uint32Array): void {
  const ours = state.table.buckets;
  const differing = new Set<number>();
  for (let b = 0; b < BUCKETS; b++) {
    if (ours[b * 2] !== theirs[b * 2] || ours[b * 2 + 1] !== theirs[b * 2 + 1]) differing.add(b);
  }
  const prints = new Map([...differing].map((bucket): [number, Fingerprint[]] => [bucket, []]));
  for (const row of everyRow(state)) prints.get(bucketOf(rowKey(row)))?.push(rowFingerprint(row));
  const buckets = [...prints].map(([bucket, held]) => ({ bucket, prints: held }));
  emit(state, { kind: 'send', to: from, message: { type: 'held', buckets } });
  if (differing.size === 0) noteSynced(state, from);
}

/** Step 2 arrived: hand over what they lack, ask for what we lack. */
export function answerHeld(state: State, from: HostId, message: Extract<Message, { type: 'held' }>): void {
  const theirs = new Map(
    message.buckets.map(({ bucket, prints }) => [bucket, new Set(prints.map(printKey))]),
  );
  const ours = new Set<string>();
  const surplus: Row[] = [];
  for (const row of everyRow(state)) {
    const set = theirs.get(bucketOf(rowKey(row)));
    if (!set) continue;
    const key = printKey(rowFingerprint(row));
    ours.add(key);
    if (!set.has(key)) surplus.push(row);
  }
  const prints = message.buckets.flatMap((b) => b.prints).filter((print) => !ours.has(printKey(print)));
  sendRows(state, from, surplus);
  if (prints.length > 0) emit(state, { kind: 'send', to: from, message: { type: 'want', prints } });
  else noteSynced(state, from);
}

/** Step 3 arrived. */
export function answerWant(state: State, from: HostId, prints: Fingerprint[]): void {
  const wanted = new Set(prints.map(printKey));
  const rows: Row[] = [];
  for (const row of everyRow(state)) if (wanted.has(printKey(rowFingerprint(row)))) rows.push(row);
  sendRows(state, from, rows);
}

/** Rows came by repair: the walk was worth it, and whoever else lacks them should not have to walk as well. */
export function noteRepaired(state: State, from: HostId, fresh: Row[]): void {
  const peer = state.gossip.peers.get(from);
  noteSynced(state, from);
  if (fresh.length === 0) return;
  state.gossip.counters.repaired += fresh.length;
  if (peer) {
    peer.pauseMs = 0;
    peer.nextWalkAt = state.now + state.config.tunables.repairAfterMs;
  }
  if (fresh.length <= RUMOUR_LIMIT) for (const row of fresh) state.gossip.outbox.set(rowKey(row), row);
}

/** A joiner fills its whole state by repair: flooding that on would be noise. */
const RUMOUR_LIMIT = 200;

function sendRows(state: State, to: HostId, rows: Row[]): void {
  for (const part of inParts(rows, state.config.tunables.batchBytes)) {
    emit(state, { kind: 'send', to, message: { type: 'rows', how: 'repair', rows: part } });
  }
}

function* everyRow(state: State): Iterable<Row> {
  yield* state.table.rows.values();
  yield* state.table.aside.values();
}

const printKey = (print: Fingerprint): string => `${print[0]}:${print[1]}`;
