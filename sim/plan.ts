/** What one seed stands for: the size of the mesh, its network, and how often what happens. Printed before the run. */
import { createRandom, nextBelow, nextFraction } from '../protocol/random.ts';
import type { Millis } from '../protocol/time.ts';
import { FAULTS } from './faults/index.ts';
import { OPERATIONS } from './workload/index.ts';

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
  faults: string[];
  operations: string[];
  /** hosts that stay without power when all others are mended */
  rest: string[];
}

/** What a caller may choose; everything else is derived from the seed. */
export type PlanOptions = Partial<Omit<Plan, 'seed'>>;

/** A host that knows nobody, of a mesh that has moved, is found by seeds or feelers (rule V8), which are not simulated. */
const possible = (faults: string[]): string[] =>
  faults.includes('address') ? faults.filter((fault) => fault !== 'store-lost') : faults;

/** Swarm testing: each kind in half of the runs, since all at once they hide one another. */
const someOf = (random: { seed: number }, names: string[], share: number): string[] =>
  names.filter(() => nextFraction(random) < share);

export function planOf(seed: number, options: PlanOptions = {}): Plan {
  const random = createRandom(seed * 2_654_435_761);
  const hosts = options.hosts ?? 1 + nextBelow(random, 7);
  const names = Array.from({ length: hosts }, (_, i) => `h${i + 1}`);
  const operations = someOf(random, Object.keys(OPERATIONS), 0.7);
  const rest = nextBelow(random, 3) === 0 ? someOf(random, names, nextFraction(random) * 0.8) : [];
  return {
    seed,
    hosts,
    loss: nextBelow(random, 3) === 0 ? nextFraction(random) * 0.1 : 0,
    jitterMs: 0.1 + nextFraction(random) ** 4 * 60,
    isCoded: seed % 16 === 0,
    chaosMs: 20_000 + Math.round(nextFraction(random) ** 3 * 280_000),
    commandEveryMs: 1_000 + nextBelow(random, 8_000),
    faultEveryMs: 2_000 + nextBelow(random, 15_000),
    faults: possible(someOf(random, Object.keys(FAULTS), 0.5)),
    // Nothing can be checked where nothing was ever deployed.
    operations: operations.includes('deploy') ? operations : [...operations, 'deploy'],
    rest: rest.length < hosts ? rest : rest.slice(1),
    ...options,
  };
}
