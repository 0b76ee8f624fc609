import { entriesOf } from '../../protocol/crdt/table.ts';
import { claimsOfHost } from '../../protocol/membership/endpoints.ts';
import { hostState } from '../../protocol/membership/view.ts';
import { RUN } from '../../protocol/records/claim.ts';
import type { Millis } from '../../protocol/time.ts';
import { type Check, remembering } from './check.ts';
import { isWell, overdue, sidesOf } from './steady.ts';
import { begun } from './truth.ts';

const recall = remembering(() => new Map<string, Millis>());
const NEWS_MS = 10_000;

/** Nobody keeps bidding for a slot that a live host, of the same side, is known to serve. */
export const noBidAgainstHolder: Check = {
  name: 'nobody bids against a holder',
  when: 'anytime',
  source: 'rule C2',
  look: (mesh, memory) => {
    const sides = sidesOf(mesh, memory);
    const bids = begun(mesh)
      .filter(({ host }) => isWell(host))
      .flatMap(({ host, state }) =>
        claimsOfHost(state, host.id)
          .filter(({ body }) => body.run === RUN.bidding)
          .flatMap(({ row }) => {
            const holder = entriesOf(state.table, 'claim', row.id).find(
              (other) =>
                other.row.group === row.group &&
                other.body.run === RUN.healthy &&
                sides.get(other.row.origin) === sides.get(host.id) &&
                hostState(state, other.row.origin) === 'alive',
            );
            return holder ? [`${host.name} bids for ${row.id}, which is served`] : [];
          }),
      );
    return overdue(mesh, memory, recall(memory), bids, NEWS_MS);
  },
};
