import { hostState } from '../../protocol/membership/view.ts';
import type { State } from '../../protocol/state.ts';
import { type Check, remembering } from './check.ts';
import { cutsOf, isWell, sidesOf, steadyMs } from './steady.ts';
import { begun } from './truth.ts';

const recall = remembering(() => new WeakMap<State, Set<string>>());
/** What went wrong before may still be judged for so long. */
const AFTERMATH_MS = 15_000;
const MOST_LOSS = 0.1;

/** No host that is well and connected is judged failed, whatever share of packets up to a tenth is lost. */
export const noFalseDeath: Check = {
  name: 'no live host is declared dead',
  when: 'anytime',
  source: 'M5, rule V2',
  look: (mesh, memory) => {
    const isCalm = steadyMs(mesh, memory) > AFTERMATH_MS && mesh.net.paths.loss <= MOST_LOSS;
    const sides = sidesOf(mesh, memory);
    return begun(mesh).flatMap(({ host, state }) => {
      const before = recall(memory).get(state) ?? new Set<string>();
      const now = new Set(mesh.hosts.filter((h) => hostState(state, h.id) === 'failed').map((h) => h.id));
      recall(memory).set(state, now);
      if (!isCalm) return [];
      const wrong = mesh.hosts.filter(
        (other) =>
          now.has(other.id) &&
          !before.has(other.id) &&
          isWell(other) &&
          sides.get(other.id) === sides.get(host.id) &&
          cutsOf(mesh, other) === 0,
      );
      return wrong.map((other) => `${host.name} judges ${other.name} failed, which runs and is connected`);
    });
  },
};
