import { hlcWall } from '../../protocol/time.ts';
import { TRUE_WALL_MS } from '../host.ts';
import { type Check, remembering } from './check.ts';
import { begun } from './truth.ts';

const recall = remembering(() => ({ aheadMs: 0 }));

/** No stamp is further ahead than the clock that was ever furthest ahead, and what two clocks may differ by. */
export const clockBounded: Check = {
  name: 'no clock runs away',
  when: 'anytime',
  source: 'C7, rule R5',
  look: (mesh, memory) => {
    const most = recall(memory);
    for (const host of mesh.hosts) most.aheadMs = Math.max(most.aheadMs, host.clockOffsetMs);
    return begun(mesh).flatMap(({ host, state }) => {
      const skewMs = state.config.tunables.maxClockSkewMs;
      const limit = TRUE_WALL_MS + mesh.world.now + most.aheadMs;
      const aheadMs = hlcWall(state.meta.hlc) - limit - skewMs;
      return aheadMs > 0 ? [`${host.name} stamps ${Math.round(aheadMs)} ms too far ahead`] : [];
    });
  },
};
