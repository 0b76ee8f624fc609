import { entryOf } from '../../protocol/crdt/table.ts';
import { splitClaimId } from '../../protocol/reconcile/local.ts';
import type { Agent, Host } from '../host.ts';
import { stateOf } from '../mesh.ts';
import { type Check, remembering } from './check.ts';
import { isBegun } from './truth.ts';

const recall = remembering(() => new WeakMap<Host, { agent: Agent | null; started: number }>());

/** Before its view is loaded a host starts nothing but what its own stored rows held. */
export const restoredWaits: Check = {
  name: 'who returns waits for the others',
  when: 'anytime',
  source: 'rule C3',
  look: (mesh, memory) =>
    mesh.hosts.flatMap((host) => {
      const { agent, engine } = host;
      const before = recall(memory).get(host);
      recall(memory).set(host, { agent, started: engine.started.length });
      if (!agent || before?.agent !== agent || !isBegun(host)) return [];
      const state = stateOf(host);
      if (state.local.resumed) return [];
      return engine.started
        .slice(before.started)
        .filter(({ claim }) => {
          const { slot, generation } = splitClaimId(claim);
          return !entryOf(state.table, 'claim', slot, generation, host.id);
        })
        .map(({ name }) => `${host.name} started ${name} before it had heard anybody`);
    }),
};
