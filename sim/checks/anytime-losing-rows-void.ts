import { entriesOf, idsOf } from '../../protocol/crdt/table.ts';
import { RUN, ranTerm } from '../../protocol/records/claim.ts';
import type { Check } from './check.ts';
import { inTurn } from './truth.ts';

/** Where a claim runs or ran, no bid of its own or an older generation is held that is not of a higher term. */
export const losingRowsVoid: Check = {
  name: 'a running claim voids the losing bids',
  when: 'anytime',
  source: 'rule C5',
  look: (mesh, memory) =>
    inTurn(mesh, memory).flatMap(({ host, state: { table } }) =>
      idsOf(table, 'claim').flatMap((slot) => {
        const entries = entriesOf(table, 'claim', slot);
        const bids = entries.filter(({ body }) => body.run <= RUN.bidding && !body.ran);
        if (bids.length === 0) return [];
        const lost = bids.filter((bid) =>
          entries.some(({ row, body }) => {
            const ran = ranTerm(body);
            if (ran < 0 || row === bid.row) return false;
            return row.group > bid.row.group || (row.group === bid.row.group && ran >= bid.body.term);
          }),
        );
        return lost.map(
          ({ row }) => `${host.name} holds a lost bid of ${row.origin.slice(0, 6)} for ${slot}`,
        );
      }),
    ),
};
