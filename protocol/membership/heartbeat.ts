/**
 * The heartbeat machine (rule V7): pure, driven by a tick about every 100 ms. It beats to the peers it is told to,
 * learns how long each watched link may be silent, and believes an authentic datagram from whatever address.
 *
 * What it has accepted lives in memory: after a restart of this side, a recorded datagram of a peer is believed once,
 * until that peer's own next one. The core's second witness covers that.
 */
import type { Millis } from '../time.ts';
import { applyPeers, type Link, type Moment } from './heartbeat-link.ts';
import { receive } from './heartbeat-receive.ts';
import { send } from './heartbeat-send.ts';
import type { HeartbeatState, InputOf } from './heartbeat-state.ts';
import {
  FEELERS_PER_TICK,
  feelerEveryMs,
  LATE_FEELER_MS,
  LATE_PERIODS,
  REPEAT_MS,
  STALL_MS,
  silenceAfterMs,
  TICK_MS,
} from './heartbeat-timing.ts';
import type { HeartbeatEffect, HeartbeatInput } from './heartbeat-types.ts';

export { createHeartbeat, type HeartbeatCounters, type HeartbeatState } from './heartbeat-state.ts';
export type { HeartbeatTunables } from './heartbeat-timing.ts';

/** Changes the state in place. `now` must not go backwards between inputs. */
export function stepHeartbeat(state: HeartbeatState, input: HeartbeatInput): HeartbeatEffect[] {
  const effects: HeartbeatEffect[] = [];
  noteStall(state, input.now);
  const at: Moment = { now: input.now, live: input.now - state.stalledMs };
  switch (input.kind) {
    case 'feed': {
      const { peers, ...feed } = input.feed;
      state.feed = feed;
      applyPeers(state.links, state.identity.self, peers, at, state.tunables);
      break;
    }
    case 'tick':
      tick(state, input, at, effects);
      break;
    case 'datagram':
      receive(state, input, at, effects);
      break;
    case 'sendFailed':
      reportUnwell(state, input.code, input.now, effects);
      break;
  }
  return effects;
}

/**
 * Late ticks mean that the worker or the whole machine was frozen. Checked on every input, because after a thaw a
 * queued datagram may come before the tick.
 */
function noteStall(state: HeartbeatState, now: Millis): void {
  if (state.lastTickAt === undefined) return;
  const lateMs = now - state.lastTickAt - TICK_MS;
  if (lateMs <= STALL_MS) return;
  state.stalledMs += lateMs;
  state.stalledSinceTickMs += lateMs;
  state.lastTickAt = now;
  // A round trip across the stall would be as long as the stall.
  for (const link of state.links.active) link.sent = [];
}

function tick(state: HeartbeatState, input: InputOf<'tick'>, at: Moment, effects: HeartbeatEffect[]): void {
  state.lastTickAt = at.now;
  // The main loop was frozen with us: that part of its age is not its own fault.
  state.mainAgeMs = Math.max(0, input.mainAgeMs - state.stalledSinceTickMs);
  state.stalledSinceTickMs = 0;
  for (const link of state.links.active) {
    if (link.peer.beat && at.now >= link.beatAt) {
      send(state, link, 'beat', input, effects);
      link.beatAt = nextInPhase(link.beatAt, at.now, state.tunables.heartbeatMs);
    }
    if (link.peer.watch) watch(state, link, input, at, effects);
  }
  feelFailed(state, input, effects);
}

const nextInPhase = (planned: Millis, now: Millis, periodMs: Millis): Millis =>
  planned + (Math.floor((now - planned) / periodMs) + 1) * periodMs;

function watch(
  state: HeartbeatState,
  link: Link,
  input: InputOf<'tick'>,
  { now, live }: Moment,
  effects: HeartbeatEffect[],
): void {
  const since = Math.max(link.watchedLive ?? live, link.heardLive ?? Number.NEGATIVE_INFINITY);
  const forMs = live - since;
  const { heartbeatMs, silenceCeilingMs } = state.tunables;
  const isLate = forMs > LATE_PERIODS * heartbeatMs && forMs < silenceCeilingMs;
  if (isLate && now - link.lateFeelerAt >= LATE_FEELER_MS) {
    link.lateFeelerAt = now;
    send(state, link, 'feeler', input, effects);
  }
  if (forMs <= silenceAfterMs(link.arrivals, state.tunables)) return;
  if (link.silentNextAt !== undefined && now < link.silentNextAt) return;
  link.silentNextAt = now + REPEAT_MS;
  effects.push({ kind: 'report', report: 'silent', host: link.peer.host, forMs });
}

/** The longest overdue first, so that the budget starves nobody. */
function feelFailed(state: HeartbeatState, input: InputOf<'tick'>, effects: HeartbeatEffect[]): void {
  const due = state.links.active.filter((link) => link.peer.feel && input.now >= link.feelAt);
  if (due.length > FEELERS_PER_TICK) due.sort((a, b) => a.feelAt - b.feelAt);
  for (const link of due.slice(0, FEELERS_PER_TICK)) {
    link.feelAt = input.now + feelerEveryMs(input.now - link.feelSince);
    send(state, link, 'feeler', input, effects);
  }
}

function reportUnwell(state: HeartbeatState, code: string, now: Millis, effects: HeartbeatEffect[]): void {
  const before = state.unwellAt.get(code);
  // Refused by the peer's kernel, not by ours: its host lives, which the core's own probes find out.
  if (code === 'ECONNREFUSED' || (before !== undefined && now - before < REPEAT_MS)) return;
  state.unwellAt.set(code, now);
  effects.push({ kind: 'report', report: 'unwell', code });
}
