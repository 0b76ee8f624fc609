/** Constants of the heartbeat machine and the silence threshold that each link learns. */
import type { Tunables } from '../config.ts';
import type { Millis } from '../time.ts';

export type HeartbeatTunables = Pick<Tunables, 'heartbeatMs' | 'silenceFloorMs' | 'silenceCeilingMs'>;

/** the shell's ticks */
export const TICK_MS = 100;
/** a tick this much later than planned means that we were frozen, not that the peers were silent */
export const STALL_MS = 500;
/** a watched peer later than this many periods is asked by a feeler, before it counts as silent: a lost datagram
 * then costs a round trip, not a false accusation */
export const LATE_PERIODS = 1.3;
/** time between such feelers: four or five fit before the floor of the threshold */
export const LATE_FEELER_MS = 200;
/** one answer per peer and this time, whatever it sends */
export const ANSWER_PAUSE_MS = 100;
/** authentic datagrams of one peer that are looked at in a second: the worst honest case is below 20 */
export const MAX_PER_SECOND = 40;
/** a `silent` report is repeated, and a failing send reported again, after this */
export const REPEAT_MS = 1_000;
/** reports of a host that says nothing new are this far apart */
export const HEARD_PAUSE_MS = 500;
/** feelers to failed hosts that leave in one tick: half of a large mesh failing is no burst */
export const FEELERS_PER_TICK = 5;
/** Time between feelers to a failed host by the age of its failure: most hosts return soon or not at all. */
export function feelerEveryMs(failedForMs: Millis): Millis {
  if (failedForMs < 10 * 60_000) return 2_000;
  return failedForMs < 24 * 3_600_000 ? 30_000 : 5 * 60_000;
}

/** Inter-arrival times of one link's periodic heartbeats, as exponentially weighted mean and variance. */
export interface Arrivals {
  lastAt: Millis | undefined;
  meanMs: Millis;
  /** ms squared */
  variance: number;
}

/** weight of a new sample: about the last half minute counts, so that a lossy link stays known as one */
const GAIN = 1 / 32;

export const createArrivals = (tunables: HeartbeatTunables): Arrivals => ({
  lastAt: undefined,
  meanMs: tunables.heartbeatMs,
  variance: 0,
});

/**
 * A gap above the ceiling was an outage, and one near zero means that datagrams had queued up while somebody was
 * frozen: neither says anything about the link's jitter.
 */
export function learnArrival(arrivals: Arrivals, at: Millis, tunables: HeartbeatTunables): void {
  const gapMs = arrivals.lastAt === undefined ? undefined : at - arrivals.lastAt;
  arrivals.lastAt = at;
  if (gapMs === undefined || gapMs > tunables.silenceCeilingMs || gapMs < tunables.heartbeatMs / 10) return;
  const difference = gapMs - arrivals.meanMs;
  arrivals.meanMs += GAIN * difference;
  arrivals.variance = (1 - GAIN) * (arrivals.variance + GAIN * difference * difference);
}

/** Mean and four deviations, within the floor and the ceiling. */
export function silenceAfterMs(arrivals: Arrivals, tunables: HeartbeatTunables): Millis {
  const learnt = arrivals.meanMs + 4 * Math.sqrt(arrivals.variance);
  return Math.min(tunables.silenceCeilingMs, Math.max(tunables.silenceFloorMs, learnt));
}
