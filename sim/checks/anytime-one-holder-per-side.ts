import type { Millis } from '../../protocol/time.ts';
import { type Check, remembering } from './check.ts';
import { overdue, sidesOf } from './steady.ts';
import { serving } from './truth.ts';

const recall = remembering(() => new Map<string, Millis>());
/** The news of a heal, a connect to the rival's endpoint, drain, and stop with its grace. */
const HEALED_MS = 25_000;

/** Two hosts that reach each other do not go on serving one slot twice; so there are no more of it than sides. */
export const oneHolderPerSide: Check = {
  name: 'one holder of a slot on each side',
  when: 'anytime',
  source: 'P7, rule C2',
  look: (mesh, memory) => {
    const sides = sidesOf(mesh, memory);
    const holders = new Map<string, string[]>();
    for (const host of mesh.hosts) {
      const side = sides.get(host.id);
      if (side === undefined) continue;
      for (const { claim } of serving(host)) {
        const key = `${claim} on side ${side}`;
        holders.set(key, [...(holders.get(key) ?? []), host.name]);
      }
    }
    const doubled = [...holders].filter(([, hosts]) => hosts.length > 1);
    const lines = doubled.map(([key, hosts]) => `${key}: ${hosts.sort().join()}`);
    return overdue(mesh, memory, recall(memory), lines, HEALED_MS);
  },
};
