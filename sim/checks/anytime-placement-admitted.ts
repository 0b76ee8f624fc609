import { claimsOfHost } from '../../protocol/membership/endpoints.ts';
import { bareCandidate, itemOf } from '../../protocol/placement/candidates.ts';
import { expression } from '../../protocol/placement/constraints/expression.ts';
import { slotIndex, slotService } from '../../protocol/placement/slot.ts';
import { RUN } from '../../protocol/records/claim.ts';
import { isGlobal } from '../../protocol/services/read.ts';
import type { State } from '../../protocol/state.ts';
import { type Check, remembering } from './check.ts';
import { begun } from './truth.ts';

interface Seen {
  claims: Set<string>;
  labels: string;
}

const recall = remembering(() => new WeakMap<State, Seen>());

/** Who takes a slot meets its constraints at that moment. */
export const placementAdmitted: Check = {
  name: 'constraints hold where things start',
  when: 'anytime',
  source: 'P4, rule C7',
  look: (mesh, memory) =>
    begun(mesh).flatMap(({ host, state }) => {
      const labels = JSON.stringify(bareCandidate(state, host.id).labels);
      const seen = recall(memory).get(state);
      const own = claimsOfHost(state, host.id).filter(({ body }) => body.run >= RUN.started);
      recall(memory).set(state, { claims: new Set(own.map(({ row }) => row.id)), labels });
      // Labels that have just changed were others when it was decided.
      if (!seen || seen.labels !== labels) return [];
      return own
        .filter(({ row }) => !seen.claims.has(row.id))
        .flatMap(({ row }) => {
          const service = state.services.get(slotService(row.id));
          if (!service || service.generation !== row.group) return [];
          if (isGlobal(service.spec) && slotIndex(row.id) !== host.id) return [`${host.name} took ${row.id}`];
          const refusal = expression.refuse(bareCandidate(state, host.id), itemOf(service, row.id));
          return refusal === null ? [] : [`${host.name} took ${service.name}: ${refusal}`];
        });
    }),
};
