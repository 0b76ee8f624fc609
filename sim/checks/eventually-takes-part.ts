import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Whoever was paused, restarted or full is back with no operator: it writes, bids, and is linked. */
export const takesPart: Check = {
  name: 'every live host takes part',
  when: 'eventually',
  source: 'M6, L3, promise 1',
  look: (mesh) =>
    alive(mesh).flatMap((host) => {
      const { local, commands, gossip } = stateOf(host);
      if (commands.readOnly !== null) return [`${host.name} is read-only: ${commands.readOnly}`];
      if (!local.engine || !local.counted) return [`${host.name} does not know its engine`];
      if (!local.resumed) return [`${host.name} has not resumed`];
      const isCutOff = alive(mesh).length > 1 && gossip.peers.size === 0;
      return isCutOff ? [`${host.name} is linked with nobody`] : [];
    }),
};
