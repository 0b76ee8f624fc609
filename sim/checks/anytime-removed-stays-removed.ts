import { hasEntry } from '../../protocol/crdt/table.ts';
import { REMOVED } from '../../protocol/records/service.ts';
import type { State } from '../../protocol/state.ts';
import { type Check, remembering } from './check.ts';
import { begun } from './truth.ts';

const recall = remembering(() => new WeakMap<State, Set<string>>());

/** Who has seen that a service or a host was removed never sees it again, whatever older news still arrive. */
export const removedStaysRemoved: Check = {
  name: 'the removed do not come back',
  when: 'anytime',
  source: 'C4, rules R3, R7',
  look: (mesh, memory) =>
    begun(mesh).flatMap(({ host, state }) => {
      const gone = recall(memory).get(state) ?? new Set<string>();
      recall(memory).set(state, gone);
      for (const id of state.table.kinds.get('service')?.keys() ?? [])
        if (!gone.has(id) && hasEntry(state.table, 'service', id, REMOVED)) gone.add(id);
      for (const id of state.table.kinds.get('node')?.keys() ?? [])
        if (!gone.has(id) && hasEntry(state.table, 'node', id, 'removed')) gone.add(id);
      return [...state.services.keys(), ...(state.table.kinds.get('host')?.keys() ?? [])]
        .filter((id) => gone.has(id))
        .map((id) => `${host.name} knows ${id} again, which was removed`);
    }),
};
