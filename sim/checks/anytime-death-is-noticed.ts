import { hostState, knownHosts } from '../../protocol/membership/view.ts';
import type { Millis } from '../../protocol/time.ts';
import { type Check, remembering } from './check.ts';
import { isWell, overdue } from './steady.ts';
import { begun } from './truth.ts';

const recall = remembering(() => new Map<string, Millis>());
/** 6 s for a lone verdict, two missed heartbeats before it, a hearing and the way of the news after it. */
const NOTICED_MS = 15_000;

/** Nobody who runs well takes a host without an agent for alive for long. */
export const deathIsNoticed: Check = {
  name: 'the dead are noticed',
  when: 'anytime',
  source: 'M4',
  look: (mesh, memory) => {
    const missed = begun(mesh)
      .filter(({ host }) => isWell(host))
      .flatMap(({ host, state }) => {
        const known = knownHosts(state);
        return mesh.hosts
          .filter((other) => !other.agent && known.includes(other.id))
          .filter((other) => ['alive', 'suspect'].includes(hostState(state, other.id)))
          .map(
            (other) => `${host.name} sees ${other.name} as ${hostState(state, other.id)}, which has no agent`,
          );
      });
    return overdue(mesh, memory, recall(memory), missed, NOTICED_MS);
  },
};
