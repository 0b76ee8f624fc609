/** What a claim is worth in this host's view: its order among others, and whether its host can still mean it. */
import { isRemovedHost } from '../crdt/merge.ts';
import { endpointVerdict, isQuiet } from '../membership/endpoints.ts';
import { hostBody, hostState, isDrained } from '../membership/view.ts';
import { hash32 } from '../random.ts';
import { type ClaimBody, RUN } from '../records/claim.ts';
import type { Entry } from '../records/kind.ts';
import type { State } from '../state.ts';

export type ClaimEntry = Entry<ClaimBody>;

/**
 * live: counts. leaving: serves until replaced (drained host). blocked: its host may be back, nobody bids yet.
 * masked: as if it were not there, yet kept, so that a return unmasks it.
 */
export type Standing = 'live' | 'leaving' | 'blocked' | 'masked';

export function standingOf(state: State, entry: ClaimEntry): Standing {
  const host = entry.row.origin;
  const body = hostBody(state, host);
  if (!body || isRemovedHost(state.table, host)) return 'masked';
  const current = body.boot === entry.body.boot && body.engineStart === entry.body.engineStart;
  if (host === state.self) return current ? ownStanding(state) : 'blocked';
  const peer = state.membership.peers.get(host);
  switch (hostState(state, host)) {
    case 'left':
      return 'masked';
    case 'failed':
      return peer?.opened ? 'masked' : 'blocked';
    case 'unknown':
      return 'blocked';
    default:
  }
  // An agent that is down or stalled starts nothing: its bid must not keep the slot from others.
  if (entry.body.run === RUN.bidding && isQuiet(state, host)) return 'masked';
  if (!current) {
    const adopting = state.now - (peer?.lifeSince ?? 0) < state.config.tunables.adoptMs;
    return adopting ? 'blocked' : 'masked';
  }
  if (endpointVerdict(state, entry) === 'open') return 'masked';
  return isDrained(state, host) ? 'leaving' : 'live';
}

const ownStanding = (state: State): Standing => (isDrained(state, state.self) ? 'leaving' : 'live');

/**
 * Best first: generation, run state, LOWER term, score, hash(slot, host), host id (rule C2). Never a clock.
 * So a heal or a late bidder never moves what runs, and the original outranks what replaced it in a partition.
 */
export function compareClaims(a: ClaimEntry, b: ClaimEntry): number {
  if (a.row.group !== b.row.group) return a.row.group > b.row.group ? -1 : 1;
  return (
    b.body.run - a.body.run ||
    a.body.term - b.body.term ||
    b.body.score - a.body.score ||
    claimHash(b) - claimHash(a) ||
    (a.row.origin > b.row.origin ? -1 : 1)
  );
}

const claimHash = (entry: ClaimEntry): number => hash32(`${entry.row.id}@${entry.row.origin}`);
