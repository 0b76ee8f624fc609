/** Why a task runs where it runs, or does not: bids, refusals, loads. The reasons were kept by the winner's claim. */
import type { WhyInfo } from '../api.ts';
import { hostName } from '../membership/view.ts';
import { type Nomination, nominate } from '../placement/nominate.ts';
import { type Slot, slotIndex } from '../placement/slot.ts';
import { desiredSlots, viewSlot } from '../placement/slots.ts';
import type { ClaimEntry } from '../placement/standing.ts';
import { isGlobal, type Service } from '../services/read.ts';
import type { State } from '../state.ts';
import { taskName, tasksOf } from './tasks.ts';

/** `index`: one slot by its number or host name; absent: all. */
export function whyService(state: State, service: Service, index: string | null): WhyInfo[] {
  const slots = desiredSlots(state, service).filter((slot) => {
    if (index === null) return true;
    const own = slotIndex(slot);
    return own === index || (isGlobal(service.spec) && hostName(state, own) === index);
  });
  return slots.map((slot) => whySlot(state, service, slot));
}

function whySlot(state: State, service: Service, slot: Slot): WhyInfo {
  const view = viewSlot(state, service, slot);
  const task = tasksOf(state, service).find((candidate) => candidate.slot === slotIndex(slot));
  const winner = view.holder ?? view.older[0] ?? view.leaving[0];
  const [now] = nominate(state, service, [slot], () => 1);
  return {
    task: taskName(state, service, slot),
    holder: winner ? hostName(state, winner.row.origin) : null,
    state: task?.state ?? 'pending',
    message: task?.message ?? null,
    bids: bidsOf(state, winner, view.current),
    refused: (winner?.body.why?.refused ?? now?.refused ?? []).map((r) => ({
      ...r,
      host: hostName(state, r.host),
    })),
    loads: loadsOf(state, winner, now),
  };
}

function bidsOf(state: State, winner: ClaimEntry | undefined, current: ClaimEntry[]): WhyInfo['bids'] {
  const kept = winner?.body.why?.bids ?? [];
  const live = current.map(({ row, body }) => ({ host: row.origin, score: body.score, term: body.term }));
  const bids = kept.length > 0 ? kept : live;
  return bids.map((bid) => ({
    ...bid,
    host: hostName(state, bid.host),
    won: bid.host === winner?.row.origin,
  }));
}

function loadsOf(
  state: State,
  winner: ClaimEntry | undefined,
  now: Nomination | undefined,
): WhyInfo['loads'] {
  const loads = winner?.body.why?.loads ?? now?.loads ?? {};
  return Object.entries(loads).map(([host, [cpuMille, tasks]]) => {
    const peer = state.membership.peers.get(host);
    const load = host === state.self ? state.membership.load : (peer?.load?.load ?? null);
    const ageMs = host === state.self ? 0 : peer?.load ? Math.round(state.now - peer.load.at) : null;
    return { host: hostName(state, host), load: load ? { ...load, cpuMille } : null, ageMs, tasks };
  });
}
