import { hostState, knownHosts } from '../../protocol/membership/view.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Every live host knows every other live one as alive, and no dead one. */
export const sameView: Check = {
  name: 'true view of the hosts',
  when: 'eventually',
  source: 'M3, M4',
  look: (mesh) =>
    alive(mesh).flatMap((host) => {
      const state = stateOf(host);
      const known = knownHosts(state);
      return mesh.hosts.flatMap((other) => {
        const seen = known.includes(other.id) ? hostState(state, other.id) : 'not known';
        const isRight = other.agent ? seen === 'alive' : seen !== 'alive' && seen !== 'suspect';
        return isRight ? [] : [`${host.name} sees ${other.name} as ${seen}`];
      });
    }),
};
