/** Virtual time: a heap of what happens when, and generators split by subsystem so that one does not shift another. */
import { createRandom, hash32, type Random } from '../protocol/random.ts';
import type { Millis } from '../protocol/time.ts';

interface Happening {
  at: Millis;
  /** order of planning: breaks ties, so that a seed always plays alike */
  order: number;
  run: () => void;
}

export interface World {
  readonly seed: number;
  now: Millis;
  planned: number;
  heap: Happening[];
  /** folds everything that leaves any host: two runs of one seed must end with the same number */
  digest: number;
  /** rare states reached, by name (see counters.ts) */
  counters: Map<string, number>;
}

/** A different first number than 0, since clocks must not be taken for durations. */
export const START_MS = 1_000_000;

export const createWorld = (seed: number): World => ({
  seed,
  now: START_MS,
  planned: 0,
  heap: [],
  digest: 0,
  counters: new Map(),
});

export const streamOf = (world: World, subsystem: string): Random =>
  createRandom(hash32(`${world.seed}/${subsystem}`));

export const fold = (world: World, text: string): void => {
  world.digest = (Math.imul(world.digest, 31) + hash32(`${world.now} ${text}`)) >>> 0;
};

export function after(world: World, ms: Millis, run: () => void): void {
  push(world.heap, { at: world.now + Math.max(0, ms), order: world.planned++, run });
}

/** Runs it at that very moment, before all else that is due then: in a replay as in the run that was recorded. */
export function at(world: World, when: Millis, run: () => void): void {
  push(world.heap, { at: when, order: FIRST + world.planned++, run });
}

/** Below the order of everything that `after` plans. */
const FIRST = -(2 ** 50);

/** Plays everything due until then. */
export function runUntil(world: World, at: Millis): void {
  for (let next = world.heap[0]; next && next.at <= at; next = world.heap[0]) {
    pop(world.heap);
    world.now = next.at;
    next.run();
  }
  world.now = at;
}

const isSooner = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Happening[], item: Happening): void {
  let at = heap.length;
  heap.push(item);
  while (at > 0) {
    const up = (at - 1) >> 1;
    if (!isSooner(item, heap[up]!)) break;
    heap[at] = heap[up]!;
    at = up;
  }
  heap[at] = item;
}

function pop(heap: Happening[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    if (child + 1 < heap.length && isSooner(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isSooner(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
