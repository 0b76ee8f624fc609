import { claimsOfHost } from '../../protocol/membership/endpoints.ts';
import { slotService } from '../../protocol/placement/slot.ts';
import { RUN } from '../../protocol/records/claim.ts';
import { running } from '../../protocol/rehearse/engine.ts';
import type { Millis } from '../../protocol/time.ts';
import { type Check, remembering } from './check.ts';
import { isWell, overdue } from './steady.ts';
import { begun } from './truth.ts';

const recall = remembering(() => new Map<string, Millis>());
/** To resume after a start, to drain, and the longest grace to stop. */
const SWEPT_MS = 25_000;

/** What runs of ours without a claim of its host is stopped before long. */
export const containersHaveClaims: Check = {
  name: 'no container without a claim',
  when: 'anytime',
  source: 'P5',
  look: (mesh, memory) => {
    const orphans = begun(mesh)
      .filter(({ host, state }) => isWell(host) && state.commands.readOnly === null)
      .flatMap(({ host, state }) => {
        const up = running(host.engine);
        if (up.length === 0) return [];
        const claims = claimsOfHost(state, host.id).filter(({ body }) => body.run >= RUN.started);
        const names = new Set(claims.map(({ body }) => body.container));
        const known = state.table.kinds.get('service');
        return up
          .filter((seen) => !names.has(seen.name))
          .filter(({ claim }) => state.gossip.synced || known?.has(slotService(claim)))
          .map((seen) => `${host.name}: ${seen.name} runs for ${seen.claim}, which has no claim`);
      });
    return overdue(mesh, memory, recall(memory), orphans, SWEPT_MS);
  },
};
