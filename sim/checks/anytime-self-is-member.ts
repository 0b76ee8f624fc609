import { hasEntry } from '../../protocol/crdt/table.ts';
import { hostBody, knownHosts, ringMembers } from '../../protocol/membership/view.ts';
import type { Mesh } from '../mesh.ts';
import type { Check } from './check.ts';
import { begun } from './truth.ts';

/** Unless an operator removed it, a host that runs is a member in its own eyes, and says nothing of itself as of a peer. */
export const selfIsMember: Check = {
  name: 'nobody judges itself gone',
  when: 'anytime',
  source: 'M1',
  look: (mesh: Mesh) =>
    begun(mesh).flatMap(({ host, state }) => {
      if (hasEntry(state.table, 'node', host.id, 'removed')) return [];
      if (!knownHosts(state).includes(host.id)) return [`${host.name} does not know itself`];
      if (state.membership.peers.has(host.id)) return [`${host.name} keeps a verdict on itself`];
      const isOut = !ringMembers(state).includes(host.id) && !hostBody(state, host.id)?.left;
      return isOut ? [`${host.name} is not in its own rings`] : [];
    }),
};
