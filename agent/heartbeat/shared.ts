/** Memory that main and the heartbeat worker share; it outlives a worker. Times are milliseconds of one clock. */
import type { HeartbeatCounters } from '../../protocol/membership/heartbeat.ts';
import type { Millis } from '../../protocol/time.ts';

const COUNTERS = [
  'sent',
  'accepted',
  'malformed',
  'unknown',
  'own',
  'badTag',
  'replayed',
  'flooded',
] as const;
const MAIN_TURN = 0;
const LAST_COUNTER = 1;
const FIRST_COUNTER = 2;

export type SharedWords = Int32Array<SharedArrayBuffer>;

export const createSharedWords = (): SharedWords =>
  new Int32Array(new SharedArrayBuffer((FIRST_COUNTER + COUNTERS.length) * Int32Array.BYTES_PER_ELEMENT));

/** hrtime has the same origin in all threads (performance.now has not); 32 bits hold 24 days of difference. */
const clockWord = (): number => Number(process.hrtime.bigint() / 1_000_000n) | 0;

export const noteMainTurn = (words: SharedWords): void => {
  Atomics.store(words, MAIN_TURN, clockWord());
};

export const mainAgeMs = (words: SharedWords): Millis =>
  Math.max(0, (clockWord() - Atomics.load(words, MAIN_TURN)) | 0);

/** The counter of the last datagram sent: a new worker must not use one again, or its datagrams are replays. */
export const storeLastCounter = (words: SharedWords, counter: number): void => {
  Atomics.store(words, LAST_COUNTER, counter | 0);
};

export const loadLastCounter = (words: SharedWords): number => Atomics.load(words, LAST_COUNTER) >>> 0;

/** Counts of this worker since the last call are added to those of its predecessors. */
export function addCounters(words: SharedWords, counters: HeartbeatCounters): void {
  COUNTERS.forEach((name, i) => {
    Atomics.add(words, FIRST_COUNTER + i, counters[name]);
    counters[name] = 0;
  });
}

export function loadCounters(words: SharedWords): HeartbeatCounters {
  const at = (name: (typeof COUNTERS)[number]): number =>
    Atomics.load(words, FIRST_COUNTER + COUNTERS.indexOf(name)) >>> 0;
  return {
    sent: at('sent'),
    accepted: at('accepted'),
    malformed: at('malformed'),
    unknown: at('unknown'),
    own: at('own'),
    badTag: at('badTag'),
    replayed: at('replayed'),
    flooded: at('flooded'),
  };
}
