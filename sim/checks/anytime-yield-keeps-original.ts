import { entriesOf } from '../../protocol/crdt/table.ts';
import { claimsOfHost } from '../../protocol/membership/endpoints.ts';
import { hostName } from '../../protocol/membership/view.ts';
import { type ClaimBody, RUN } from '../../protocol/records/claim.ts';
import type { Entry } from '../../protocol/records/kind.ts';
import type { State } from '../../protocol/state.ts';
import { type Check, remembering } from './check.ts';
import { begun } from './truth.ts';

interface Seen {
  yielded: Set<string>;
  /** claims that were healthy, with their containers */
  healthy: Set<string>;
}

const recall = remembering(() => new WeakMap<State, Seen>());

/** Who yields knew a running claim of the slot that is at least as old as its own: a heal never moves what stayed. */
export const yieldKeepsOriginal: Check = {
  name: 'the original stays, the replacement yields',
  when: 'anytime',
  source: 'rules C2, C10',
  look: (mesh, memory) =>
    begun(mesh).flatMap(({ host, state }) => {
      const seen = recall(memory).get(state);
      const own = claimsOfHost(state, host.id);
      const yielded = own.filter(
        ({ body }) => body.run === RUN.released && body.note.startsWith('yielded to '),
      );
      recall(memory).set(state, {
        yielded: new Set(yielded.map(({ row }) => `${row.id} ${row.seq}`)),
        healthy: new Set(own.filter(({ body }) => body.run === RUN.healthy).map(nameOf)),
      });
      if (!seen) return [];
      return yielded
        .filter(
          (entry) => !seen.yielded.has(`${entry.row.id} ${entry.row.seq}`) && seen.healthy.has(nameOf(entry)),
        )
        .flatMap(({ row, body }) => {
          const to = body.note.slice('yielded to '.length).split(',')[0];
          const rivals = entriesOf(state.table, 'claim', row.id).filter(
            (rival) => rival.row.group === row.group && hostName(state, rival.row.origin) === to,
          );
          const isYounger = rivals.length > 0 && rivals.every((rival) => rival.body.term > body.term);
          return isYounger
            ? [`${host.name} gave ${row.id} of term ${body.term} up for a younger one of ${to}`]
            : [];
        });
    }),
};

const nameOf = ({ row, body }: Entry<ClaimBody>): string => `${row.id} ${body.container}`;
