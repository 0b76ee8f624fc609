/** Slots of a service and how each stands: who holds it, who serves it, whether anybody may bid. */
import { entriesOf } from '../crdt/table.ts';
import type { HostId } from '../identity.ts';
import { endpointVerdict } from '../membership/endpoints.ts';
import { liveHosts } from '../membership/view.ts';
import { MAX_TERM, RUN, ranTerm } from '../records/claim.ts';
import { isGlobal, replicasOf, type Service } from '../services/read.ts';
import type { State } from '../state.ts';
import { bareCandidate, itemOf } from './candidates.ts';
import { expression } from './constraints/expression.ts';
import { rolloutAllows } from './rollout-rows.ts';
import { type Slot, slotIndex, slotOf } from './slot.ts';
import { type ClaimEntry, compareClaims, type Standing, standingOf } from './standing.ts';

export interface SlotView {
  slot: Slot;
  standing: Map<ClaimEntry, Standing>;
  /** claims that count, best first, of the wanted generation */
  current: ClaimEntry[];
  /** the best started or healthy one among them */
  holder: ClaimEntry | undefined;
  /** running claims of older generations, and of drained hosts: they serve until replaced */
  older: ClaimEntry[];
  leaving: ClaimEntry[];
  blocked: boolean;
  /** term of a new bid: above every term that a claim of this generation ran in */
  nextTerm: number;
  open: boolean;
}

/** The slots the specification asks for; for a global service one per host that meets its constraints. */
export function desiredSlots(state: State, service: Service): Slot[] {
  if (!isGlobal(service.spec)) {
    return Array.from({ length: replicasOf(service.spec) }, (_, i) => slotOf(service.id, i + 1));
  }
  return liveHosts(state)
    .filter((host) => isGlobalHost(state, service, host))
    .map((host) => slotOf(service.id, host));
}

export function isDesired(state: State, service: Service, slot: Slot): boolean {
  const index = slotIndex(slot);
  if (isGlobal(service.spec)) return liveHosts(state).includes(index) && isGlobalHost(state, service, index);
  const number = Number(index);
  return Number.isInteger(number) && number >= 1 && number <= replicasOf(service.spec);
}

function isGlobalHost(state: State, service: Service, host: HostId): boolean {
  const candidate = bareCandidate(state, host);
  return (
    !candidate.drained && expression.refuse(candidate, itemOf(service, slotOf(service.id, host))) === null
  );
}

export function viewSlot(state: State, service: Service, slot: Slot): SlotView {
  const entries = entriesOf(state.table, 'claim', slot);
  const standing = new Map(entries.map((entry) => [entry, standingOf(state, entry)]));
  const running = entries.filter((entry) => entry.body.run >= RUN.started);
  const of = (wanted: Standing): ClaimEntry[] => running.filter((entry) => standing.get(entry) === wanted);
  const current = entries
    .filter(
      (e) => standing.get(e) === 'live' && e.row.group === service.generation && e.body.run >= RUN.bidding,
    )
    .sort(compareClaims);
  const holder = current.find((entry) => entry.body.run >= RUN.started);
  const older = of('live').filter((entry) => entry.row.group < service.generation);
  const blocked = of('blocked').length > 0;
  const before = entries.filter((entry) => entry.row.group === service.generation);
  const nextTerm = Math.min(MAX_TERM, Math.max(-1, ...before.map((entry) => ranTerm(entry.body))) + 1);
  const allowed = older.length === 0 || rolloutAllows(state, service, slot);
  const open = holder === undefined && !blocked && allowed;
  return { slot, standing, current, holder, older, leaving: of('leaving'), blocked, nextTerm, open };
}

/** The claim whose endpoint is answered: the best healthy one, whatever its generation; one per slot. */
export function publishedClaim(state: State, slot: Slot): ClaimEntry | undefined {
  return entriesOf(state.table, 'claim', slot)
    .filter((entry) => entry.body.run === RUN.healthy && !entry.body.finished)
    .filter((entry) => ['live', 'leaving'].includes(standingOf(state, entry)))
    .filter((entry) => endpointVerdict(state, entry) === 'served')
    .sort(compareClaims)[0];
}
