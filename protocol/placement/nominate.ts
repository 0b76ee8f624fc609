/**
 * Who bids for what: every host plays the same sequential greedy placement over published records, its own included
 * (ranking our truth against others' gossip would make nobody bid), and the best few plus a few by hash nominate
 * themselves. Filters come before ranking, so a constraint that one host of a hundred meets finds it at once (C7).
 * A slot of a global service names its host: no other is a candidate.
 */
import type { HostId } from '../identity.ts';
import { hash32 } from '../random.ts';
import { isGlobal, type Service } from '../services/read.ts';
import type { State } from '../state.ts';
import { candidatesOf, itemOf, reserve } from './candidates.ts';
import type { Candidate, Item } from './constraints/filter.ts';
import { firstRefusal } from './constraints/index.ts';
import { scoreOf } from './score.ts';
import { type Slot, slotIndex, slotService } from './slot.ts';

export interface Nomination {
  slot: Slot;
  item: Item;
  /** we should bid */
  bid: boolean;
  /** our score as ranked, with what the play had given us before this slot */
  score: number;
  /** who wins by the published records */
  expected: HostId | null;
  /** no other host is eligible: no hold is needed */
  alone: boolean;
  refused: { host: string; filter: string; reason: string }[];
  loads: Record<string, [cpuMille: number, tasks: number]>;
}

export function nominate(
  state: State,
  service: Service,
  slots: Slot[],
  widen: (slot: Slot) => number,
): Nomination[] {
  const candidates = candidatesOf(state);
  reserveExpected(state, candidates, slots);
  return slots.map((slot) => {
    const possible = isGlobal(service.spec)
      ? candidates.filter(({ host }) => host === slotIndex(slot))
      : candidates;
    return nominateSlot(state, possible, itemOf(service, slot), widen(slot));
  });
}

function nominateSlot(state: State, candidates: Candidate[], item: Item, widen: number): Nomination {
  const refused: Nomination['refused'] = [];
  const eligible: { candidate: Candidate; score: number; hash: number }[] = [];
  for (const candidate of candidates) {
    const refusal = firstRefusal(candidate, item);
    if (refusal) refused.push({ host: candidate.host, ...refusal });
    else
      eligible.push({
        candidate,
        score: scoreOf(candidate, item),
        hash: hash32(`${item.slot}@${candidate.host}`),
      });
  }
  eligible.sort(
    (a, b) => b.score - a.score || b.hash - a.hash || (a.candidate.host > b.candidate.host ? -1 : 1),
  );
  const own = eligible.find((entry) => entry.candidate.host === state.self);
  const bid = own !== undefined && isNominated(state, eligible, own, widen);
  const loads = Object.fromEntries(
    eligible.map(({ candidate: c }): [string, [number, number]] => [c.host, [c.cpuMille, c.tasks]]),
  );
  const winner = eligible[0]?.candidate;
  if (winner) reserve(winner, item);
  const expected = winner?.host ?? null;
  return {
    slot: item.slot,
    item,
    bid,
    score: own?.score ?? 0,
    expected,
    alone: eligible.length === 1,
    refused,
    loads,
  };
}

function isNominated<E extends { hash: number }>(state: State, ranked: E[], own: E, widen: number): boolean {
  const { allBidUpTo, rankBidders, hashBidders } = state.config.tunables;
  if (ranked.length <= allBidUpTo) return true;
  const byHash = [...ranked].sort((a, b) => b.hash - a.hash);
  return ranked.indexOf(own) < rankBidders * widen || byHash.indexOf(own) < hashBidders * widen;
}

/**
 * Open slots that are not played now count for whoever is expected to win them, ourselves included: forgetting pending
 * work overloads a host in a burst, and counting only our own would make each host think the others idle.
 */
function reserveExpected(state: State, candidates: Candidate[], slots: Slot[]): void {
  const byHost = new Map(candidates.map((candidate) => [candidate.host, candidate]));
  for (const [slot, { expected }] of state.openSlots) {
    const candidate = expected === null || slots.includes(slot) ? undefined : byHost.get(expected);
    const service = state.services.get(slotService(slot));
    if (candidate && service) reserve(candidate, itemOf(service, slot));
  }
}
