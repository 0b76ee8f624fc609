/** Why an own claim should be given up, or null. The order of taking away: unpublish, drain, stop. */
import { probeRival } from '../membership/reach.ts';
import { hostName, hostState, isDrained } from '../membership/view.ts';
import { claimId } from '../reconcile/local.ts';
import { RUN } from '../records/claim.ts';
import type { Service } from '../services/read.ts';
import type { State } from '../state.ts';
import { candidatesOf, itemOf } from './candidates.ts';
import { firstRefusal } from './constraints/index.ts';
import type { SlotView } from './slots.ts';
import type { ClaimEntry } from './standing.ts';

export function reasonToRelease(
  state: State,
  service: Service,
  view: SlotView,
  own: ClaimEntry,
  desired: boolean,
): string | null {
  if (!desired) return 'no longer wanted: scaled down, or this host no longer meets its constraints';
  if (own.row.group !== service.generation) return replacedByNew(state, view, own);
  const rival = view.holder;
  if (rival && rival !== own && rival.row.origin !== state.self) return yieldedTo(state, view, own, rival);
  if (view.standing.get(own) === 'leaving') return drainedAway(state, service, view, own);
  return null;
}

/** An older generation serves until the new one is healthy; its bids end at once. */
function replacedByNew(state: State, view: SlotView, own: ClaimEntry): string | null {
  if (own.body.run === RUN.bidding || isNotBegun(state, own)) return 'a newer version is wanted';
  const next = view.holder;
  if (next?.body.run !== RUN.healthy) return null;
  return `replaced by the new version on ${hostName(state, next.row.origin)}`;
}

/**
 * Two run: the worse one stops, but only once the better is healthy and was reached by us (rule C10), so that a claim
 * nobody can serve never takes a service down.
 */
function yieldedTo(state: State, view: SlotView, own: ClaimEntry, rival: ClaimEntry): string | null {
  // Most losing bids are void by themselves once a rival runs; those of a higher term or a former life are taken back.
  if (own.body.run === RUN.bidding) return 'lost the bid';
  if (isNotBegun(state, own)) return `${hostName(state, rival.row.origin)} was first`;
  const leaving = view.standing.get(own) === 'leaving';
  if (!leaving && view.standing.get(own) !== 'live') return null;
  if (rival.body.run !== RUN.healthy || !isReached(state, rival)) return null;
  const name = hostName(state, rival.row.origin);
  return leaving ? `drained: ${name} took over` : `yielded to ${name}, which outranks this claim`;
}

/** Two hosts took the slot at one moment: while ours has no container yet, nothing is lost by giving way. */
function isNotBegun(state: State, own: ClaimEntry): boolean {
  const work = state.local.work.get(claimId(own.row.id, own.row.group));
  return own.body.container === null && (work?.phase === 'pulling' || work?.phase === 'clearing');
}

/** Its TCP endpoint answered us, or it has none and its agent is heard. */
function isReached(state: State, rival: ClaimEntry): boolean {
  if (hostState(state, rival.row.origin) !== 'alive') return false;
  const port = rival.body.ports.find((p) => p.protocol === 'tcp' && p.published > 0);
  if (!port) return true;
  const id = `${claimId(rival.row.id, rival.row.group)}|${rival.row.origin}`;
  if (state.local.reached.get(id)) return true;
  probeRival(state, rival.row.origin, id, port.published);
  return false;
}

/** A drained host keeps serving until another takes over; when no other is eligible it stops all the same. */
function drainedAway(state: State, service: Service, view: SlotView, own: ClaimEntry): string | null {
  if (!isDrained(state, state.self)) return null;
  if (own.body.run === RUN.bidding) return 'drained';
  const item = itemOf(service, view.slot);
  const others = candidatesOf(state).filter((c) => c.host !== state.self && firstRefusal(c, item) === null);
  return others.length === 0 ? 'drained: no other host takes it' : null;
}
