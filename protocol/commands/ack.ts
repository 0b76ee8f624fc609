/** Acknowledgement: synced here (the shell persists before it replies), and confirmed by neighbours for 500 ms at most. */
import type { HostId } from '../identity.ts';
import type { RequestId } from '../input.ts';
import { emit, type State, startTimer, stopTimer } from '../state.ts';

const TIMER = 'ack ';

export function awaitStored(state: State, request: RequestId, data: unknown, seqBefore: number): void {
  const seqs: number[] = [];
  for (let seq = seqBefore + 1; seq <= state.meta.seq; seq++) seqs.push(seq);
  const neighbours = seqs.length === 0 ? [] : heardNeighbours(state);
  const waiting = new Map(neighbours.map((host) => [host, new Set(seqs)]));
  const pending = { request, data, seqs, waiting, of: neighbours.length };
  if (neighbours.length === 0) {
    emit(state, { kind: 'reply', request, result: { ok: true, data, kept: { others: 0, of: 0 } } });
    return;
  }
  state.commands.pending.set(request, pending);
  startTimer(state, TIMER + request, state.config.tunables.ackWaitMs);
}

/** Only links that were heard lately are waited for: the dead must not delay an answer. */
function heardNeighbours(state: State): HostId[] {
  const { confirmHeardMs } = state.config.tunables;
  return [...state.gossip.peers.keys()].filter((host) => {
    const heardAt = state.membership.peers.get(host)?.heardAt ?? null;
    return heardAt !== null && state.now - heardAt <= confirmHeardMs;
  });
}

export function onStored(state: State, from: HostId, seqs: number[]): void {
  for (const pending of [...state.commands.pending.values()]) {
    const missing = pending.waiting.get(from);
    if (!missing) continue;
    for (const seq of seqs) missing.delete(seq);
    if (missing.size === 0) pending.waiting.delete(from);
    if (pending.waiting.size === 0) answer(state, pending.request);
  }
}

/** True when the timer was one of ours. */
export function onAckTimer(state: State, timer: string): boolean {
  if (!timer.startsWith(TIMER)) return false;
  answer(state, Number(timer.slice(TIMER.length)));
  return true;
}

function answer(state: State, request: RequestId): void {
  const pending = state.commands.pending.get(request);
  if (!pending) return;
  state.commands.pending.delete(request);
  stopTimer(state, TIMER + request);
  const kept = { others: pending.of - pending.waiting.size, of: pending.of };
  emit(state, { kind: 'reply', request, result: { ok: true, data: pending.data, kept } });
}
