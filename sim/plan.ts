/** What one seed stands for: the size of the mesh, its network, and how often what happens. Printed before the run. */
import { createRandom, nextBelow, nextFraction } from '../protocol/random.ts';
import type { Millis } from '../protocol/time.ts';

export interface Plan {
  seed: number;
  hosts: number;
  loss: number;
  jitterMs: Millis;
  isCoded: boolean;
  /** faults and commands go on for this long */
  chaosMs: Millis;
  /** mean time between two commands, and between two faults */
  commandEveryMs: Millis;
  faultEveryMs: Millis;
  faults: FaultName[];
  /** this many hosts stay without power at the end */
  leftDead: number;
}

export const FAULTS = [
  'power',
  'agent',
  'partition',
  'one-way',
  'freeze',
  'stall',
  'disk-full',
  'die',
  'engine',
  'address',
  'clock',
  'store-lost',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** A host that knows nobody, of a mesh that has moved, is found by seeds or feelers (rule V8), which are not simulated. */
const possible = (faults: FaultName[]): FaultName[] =>
  faults.includes('address') ? faults.filter((fault) => fault !== 'store-lost') : faults;

export function planOf(seed: number): Plan {
  const random = createRandom(seed * 2_654_435_761);
  const hosts = 1 + nextBelow(random, 7);
  return {
    seed,
    hosts,
    loss: nextBelow(random, 3) === 0 ? nextFraction(random) * 0.1 : 0,
    jitterMs: 0.1 + nextFraction(random) ** 4 * 60,
    isCoded: seed % 16 === 0,
    chaosMs: 20_000 + nextBelow(random, 60_000),
    commandEveryMs: 1_000 + nextBelow(random, 8_000),
    faultEveryMs: 2_000 + nextBelow(random, 15_000),
    // Each kind in half of the runs: all at once, they hide one another.
    faults: possible(FAULTS.filter(() => nextFraction(random) < 0.5)),
    leftDead: nextBelow(random, 3) === 0 ? nextBelow(random, hosts) : 0,
  };
}
