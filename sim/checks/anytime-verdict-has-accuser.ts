import { entriesOf } from '../../protocol/crdt/table.ts';
import { hostState } from '../../protocol/membership/view.ts';
import type { State } from '../../protocol/state.ts';
import { type Check, remembering } from './check.ts';
import { begun } from './truth.ts';

const recall = remembering(() => new WeakMap<State, Set<string>>());

/** A host is judged failed only while somebody else's signed accusation of its present incarnation is held. */
export const verdictHasAccuser: Check = {
  name: 'nobody is judged without an accuser',
  when: 'anytime',
  source: 'rule V2',
  look: (mesh, memory) =>
    begun(mesh).flatMap(({ host, state }) => {
      const before = recall(memory).get(state) ?? new Set<string>();
      const failed = mesh.hosts.filter((other) => hostState(state, other.id) === 'failed');
      recall(memory).set(state, new Set(failed.map((other) => other.id)));
      const fresh = failed.filter((other) => !before.has(other.id) && !isAccused(state, other.id));
      return fresh.map((other) => `${host.name} judges ${other.name} failed, of which nobody complains`);
    }),
};

const isAccused = (state: State, host: string): boolean =>
  entriesOf(state.table, 'alert', host).some(
    ({ row, body }) => row.origin !== host && body.says !== 'alive',
  ) ||
  // Its own word came since, and voided what it was judged by.
  entriesOf(state.table, 'host', host).some(({ body }) => body.incarnation > (failedAt(state, host) ?? 0));

const failedAt = (state: State, host: string): number | null =>
  state.membership.peers.get(host)?.failedIncarnation ?? null;
