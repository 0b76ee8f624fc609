/** Slots and claims as each host sees them. */
import { entriesOf } from '../../../protocol/crdt/table.ts';
import { holdMs } from '../../../protocol/gossip/spread.ts';
import { hostName } from '../../../protocol/membership/view.ts';
import { nominate } from '../../../protocol/placement/nominate.ts';
import { viewSlot } from '../../../protocol/placement/slots.ts';
import { compareClaims, standingOf } from '../../../protocol/placement/standing.ts';
import { stewardOf } from '../../../protocol/reconcile/rollout.ts';
import { RUN } from '../../../protocol/records/claim.ts';
import type { State } from '../../../protocol/state.ts';
import { word } from '../parse.ts';
import {
  agreed,
  generationName,
  type Handler,
  type Session,
  serviceId,
  serviceIn,
  slotNamed,
  viewsOn,
} from '../session.ts';

export const placementCommands: Record<string, Handler> = {
  /** `claims web.1`: every claim on the slot, best first: generation, run state, term, host, standing */
  claims: (session, args) => {
    const slot = word(args, 0, 'a slot');
    return agreed(
      viewsOn(session, args).map(({ name, state }) => ({ name, lines: claimsIn(session, state, slot) })),
    );
  },

  /** `holder web.1`: who holds it, and whether anybody may bid */
  holder: (session, args) => {
    const text = word(args, 0, 'a slot');
    const told = viewsOn(session, args).map((view) => {
      const { state } = view;
      const slot = slotNamed(session, state, text);
      const service = serviceIn(view, serviceId(session, text.split('.')[0] ?? ''));
      const { holder, open, blocked, nextTerm } = viewSlot(state, service, slot);
      const held = holder ? `held by ${hostName(state, holder.row.origin)}` : 'held by nobody';
      const bids = open ? `, open: the next term is ${nextTerm}` : blocked ? ', nobody may bid yet' : '';
      return { name: view.name, lines: [held + bids] };
    });
    return agreed(told);
  },

  /** `steward web`: who drives its rollouts */
  steward: (session, args) => {
    const id = serviceId(session, word(args, 0, 'a service'));
    return agreed(
      viewsOn(session, args).map(({ name, state }) => ({
        name,
        lines: [hostName(state, stewardOf(state, id))],
      })),
    );
  },

  /** `nominate web.1`: does this host bid, and how many hosts does which filter refuse */
  nominate: (session, args) => {
    const text = word(args, 0, 'a slot');
    const told = viewsOn(session, args).map((view) => {
      const slot = slotNamed(session, view.state, text);
      const service = serviceIn(view, serviceId(session, text.split('.')[0] ?? ''));
      const [play] = nominate(view.state, service, [slot], () => 1);
      const refused = Map.groupBy(play?.refused ?? [], ({ filter }) => filter);
      const counts = [...refused].map(([filter, hosts]) => `, ${filter} refuses ${hosts.length}`).join('');
      const eligible = Object.keys(play?.loads ?? {}).length;
      return {
        name: view.name,
        lines: [`${play?.bid ? 'bids' : 'does not bid'}; eligible ${eligible}${counts}`],
      };
    });
    return agreed(told);
  },

  /** `hold`: how long this host waits between its bid and the start, in coarse steps */
  hold: (session, args) =>
    agreed(viewsOn(session, args).map(({ name, state }) => ({ name, lines: [coarse(holdMs(state))] }))),
};

const coarse = (ms: number): string => (ms < 100 ? 'below 100 ms' : ms < 500 ? 'below 500 ms' : `${ms} ms`);

function claimsIn(session: Session, state: State, text: string): string[] {
  const entries = entriesOf(state.table, 'claim', slotNamed(session, state, text)).sort(compareClaims);
  const service = serviceId(session, text.split('.')[0] ?? '');
  const lines = entries.map((entry) => {
    const { row, body } = entry;
    const run = Object.entries(RUN).find(([, value]) => value === body.run)?.[0];
    const standing = body.run === RUN.released ? '' : ` ${standingOf(state, entry)}`;
    return `${hostName(state, row.origin)} ${generationName(session, service, row.group)} ${run} term ${body.term}${standing}`;
  });
  return lines.length > 0 ? lines : ['none'];
}
