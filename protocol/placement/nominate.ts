/**
 * Who bids for what: every host plays the same sequential greedy placement over published records, its own included
 * (ranking our truth against others' gossip would make nobody bid), and the best few plus a few by hash nominate
 * themselves. Filters come before ranking, so a constraint that one host of a hundred meets finds it at once (C7).
 * A slot of a global service names its host: no other is a candidate.
 */
import { hash32 } from '../random.ts';
import { isGlobal, type Service } from '../services/read.ts';
import type { State } from '../state.ts';
import { candidatesOf, itemOf, reserve } from './candidates.ts';
import { firstRefusal } from './constraints/index.ts';
import type { Candidate, Item } from './constraints/filter.ts';
import { scoreOf } from './score.ts';
import { type Slot, slotIndex } from './slot.ts';

export interface Nomination {
  slot: Slot;
  item: Item;
  /** we should bid */
  bid: boolean;
  /** our score as ranked, with what the play had given us before this slot */
  score: number;
  /** no other host is eligible: no hold is needed */
  alone: boolean;
  refused: { host: string; filter: string; reason: string }[];
  loads: Record<string, [cpuMille: number, tasks: number]>;
}

export function nominate(state: State, service: Service, slots: Slot[], widen: (slot: Slot) => number): Nomination[] {
  const candidates = candidatesOf(state);
  reserveOwnPending(state, candidates, service, slots);
  return slots.map((slot) => {
    const possible = isGlobal(service.spec) ? candidates.filter(({ host }) => host === slotIndex(slot)) : candidates;
    return nominateSlot(state, possible, itemOf(service, slot), widen(slot));
  });
}

function nominateSlot(state: State, candidates: Candidate[], item: Item, widen: number): Nomination {
  const refused: Nomination['refused'] = [];
  const eligible: { candidate: Candidate; score: number; hash: number }[] = [];
  for (const candidate of candidates) {
    const refusal = firstRefusal(candidate, item);
    if (refusal) refused.push({ host: candidate.host, ...refusal });
    else eligible.push({ candidate, score: scoreOf(candidate, item), hash: hash32(`${item.slot}@${candidate.host}`) });
  }
  eligible.sort((a, b) => b.score - a.score || b.hash - a.hash || (a.candidate.host > b.candidate.host ? -1 : 1));
  const own = eligible.find((entry) => entry.candidate.host === state.self);
  const bid = own !== undefined && isNominated(state, eligible, own, widen);
  const loads = Object.fromEntries(
    eligible.map(({ candidate: c }): [string, [number, number]] => [c.host, [c.cpuMille, c.tasks]]),
  );
  if (eligible[0]) reserve(eligible[0].candidate, item);
  return { slot: item.slot, item, bid, score: own?.score ?? 0, alone: eligible.length === 1, refused, loads };
}

function isNominated<E extends { hash: number }>(state: State, ranked: E[], own: E, widen: number): boolean {
  const { allBidUpTo, rankBidders, hashBidders } = state.config.tunables;
  if (ranked.length <= allBidUpTo) return true;
  const byHash = [...ranked].sort((a, b) => b.hash - a.hash);
  return ranked.indexOf(own) < rankBidders * widen || byHash.indexOf(own) < hashBidders * widen;
}

/** Our open bids for other services are work we may well get: forgetting them overloads us in a burst. */
function reserveOwnPending(state: State, candidates: Candidate[], service: Service, slots: Slot[]): void {
  const own = candidates.find((candidate) => candidate.host === state.self);
  if (!own) return;
  for (const work of state.local.work.values()) {
    if (work.phase !== 'holding' || slots.includes(work.slot) || work.slot.startsWith(`${service.id}.`)) continue;
    const other = state.services.get(work.slot.slice(0, work.slot.indexOf('.')));
    if (other) reserve(own, itemOf(other, work.slot));
  }
}
