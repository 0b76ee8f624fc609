/** After every input: derive anew what the input may have changed, until nothing more follows from it. */
import { idsOf } from './crdt/table.ts';
import { releaseAside, retryOrphans } from './gossip/apply.ts';
import { startDueWalks } from './gossip/repair.ts';
import { spread } from './gossip/spread.ts';
import { invariant } from './invariants.ts';
import { continueWitnesses } from './membership/accuse.ts';
import { probeEndpoints } from './membership/endpoints.ts';
import { publishLinks } from './membership/publish.ts';
import { retryRivals } from './membership/reach.ts';
import { refreshView } from './membership/refresh.ts';
import { republishOwn } from './membership/self.ts';
import { publishZone } from './naming/publish.ts';
import { evaluateService, evaluateSlot } from './placement/auction.ts';
import { type Slot, slotService } from './placement/slot.ts';
import { resumeWhenReady } from './reconcile/adopt.ts';
import { driveRollout } from './reconcile/rollout.ts';
import { sweepContainers } from './reconcile/sweep.ts';
import { advanceWorks } from './reconcile/work.ts';
import { readService, type Service } from './services/read.ts';
import { type State, startTimer } from './state.ts';
import type { Millis } from './time.ts';

const MAX_ROUNDS = 50;
/** Open slots and quarantines are looked at again this often even if nothing happens. */
const REVIEW_MS = 1_000;

export function settle(state: State): void {
  takeNextEpoch(state);
  if (state.now >= state.membership.nextOpenAt) state.dirty.view = true;
  const touched = new Set<string>();
  for (let round = 0; isDirty(state); round++) {
    invariant(round < MAX_ROUNDS, 'the state settles');
    settleRound(state, touched);
  }
  advanceAll(state, touched);
  if (state.local.resumed || state.gossip.synced) publishZone(state, touched);
  publishLinks(state);
  spread(state);
  armWork(state);
}

/**
 * A new epoch voids every earlier row of this host, its claims included: it is taken together with the claims of what
 * still runs here, or others would fill slots that were never empty.
 */
function takeNextEpoch(state: State): void {
  const { nextEpoch, resumed } = state.local;
  const aliveMs = state.now - state.membership.startedAt;
  // While the store refuses nothing would be said under it.
  if (nextEpoch === null || state.commands.readOnly !== null) return;
  if (!resumed && aliveMs < state.config.tunables.loneVerdictMs) return;
  state.local.nextEpoch = null;
  if (nextEpoch > state.meta.epoch) republishOwn(state, nextEpoch);
}

function settleRound(state: State, touched: Set<string>): void {
  if (state.dirty.view) {
    state.dirty.view = false;
    refreshView(state);
  }
  const ids = takeDirty(state);
  const { slots } = state.dirty;
  state.dirty.slots = new Set();
  refreshServices(state, ids);
  // In one order on every host: the play of one service counts what the others are expected to place.
  for (const id of [...ids].sort()) {
    touched.add(id);
    const service = state.services.get(id);
    if (!service) continue;
    evaluateService(state, service);
    driveRollout(state, service);
  }
  settleSlots(state, slots, ids, touched);
}

const isDirty = ({ dirty }: State): boolean =>
  dirty.view || dirty.all || dirty.services.size > 0 || dirty.slots.size > 0;

/** Slots of services that were not evaluated as a whole. */
function settleSlots(state: State, slots: Set<Slot>, evaluated: Set<string>, touched: Set<string>): void {
  const updated = new Set<Service>();
  for (const slot of slots) {
    const service = state.services.get(slotService(slot));
    if (!service || evaluated.has(service.id)) continue;
    touched.add(service.id);
    updated.add(service);
    evaluateSlot(state, service, slot);
  }
  for (const service of updated) driveRollout(state, service);
}

function takeDirty(state: State): Set<string> {
  const ids = state.dirty.all
    ? new Set([
        ...idsOf(state.table, 'service'),
        ...state.services.keys(),
        ...state.zone.services.keys(),
        ...state.dirty.services,
      ])
    : state.dirty.services;
  state.dirty.all = false;
  state.dirty.services = new Set();
  return ids;
}

/** Services of one name decide among themselves who holds it, so a change of one may rename another. */
function refreshServices(state: State, ids: Set<string>): void {
  for (const id of [...ids]) {
    const before = state.services.get(id);
    const after = readService(state.table, id);
    if (after) state.services.set(id, after);
    else forgetService(state, id);
    if (Boolean(before) === Boolean(after)) continue;
    const name = (after ?? before)?.ownName;
    for (const other of state.services.values()) {
      if (other.ownName !== name || other.id === id) continue;
      const again = readService(state.table, other.id);
      if (again) state.services.set(other.id, again);
      ids.add(other.id);
    }
  }
}

function forgetService(state: State, id: string): void {
  state.services.delete(id);
  for (const slot of state.openSlots.keys()) if (slotService(slot) === id) state.openSlots.delete(slot);
}

/** Works and containers; what they write marks services dirty, which is settled in turn. */
function advanceAll(state: State, touched: Set<string>): void {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    advanceWorks(state);
    sweepContainers(state);
    if (!isDirty(state)) return;
    settleRound(state, touched);
  }
  invariant(false, 'works settle');
}

/** The periodic turn: verdicts, witnesses, endpoint probes, repair, and what only time changes. */
export function tick(state: State): void {
  releaseAside(state);
  retryOrphans(state);
  refreshView(state);
  continueWitnesses(state);
  probeEndpoints(state);
  startDueWalks(state);
  resumeWhenReady(state);
  noteOwnLoad(state);
  review(state);
}

function noteOwnLoad(state: State): void {
  const containers = [...state.local.containers.values()].filter((c) => c.state === 'running').length;
  const { cpuMille, memoryMille } = state.local.usage;
  state.membership.load = { cpuMille, memoryMille, containers };
}

function review(state: State): void {
  if (state.now < state.nextReviewAt) return;
  state.nextReviewAt = state.now + REVIEW_MS;
  for (const slot of state.openSlots.keys()) state.dirty.services.add(slotService(slot));
  for (const work of state.local.work.values()) {
    if (work.phase !== 'up') state.dirty.services.add(slotService(work.slot));
  }
  retryRivals(state);
  if (isUnsettled(state)) state.dirty.all = true;
}

/** Hosts that are neither well nor gone, or claims that wait for a host: their standing changes with time alone. */
function isUnsettled(state: State): boolean {
  for (const peer of state.membership.peers.values()) {
    if (['agent-down', 'stalled', 'unknown', 'suspect'].includes(peer.state)) return true;
    if (state.now - peer.lifeSince < state.config.tunables.adoptMs + 2 * REVIEW_MS) return true;
  }
  return false;
}

/** One timer for the earliest thing that is due by itself. */
function armWork(state: State): void {
  let due: Millis = state.membership.nextOpenAt;
  for (const work of state.local.work.values()) if (work.dueAt > state.now) due = Math.min(due, work.dueAt);
  for (const ending of state.local.ending.values()) {
    if (!ending.asked && ending.stopAt > state.now) due = Math.min(due, ending.stopAt);
  }
  if (due === state.workDueAt) return;
  state.workDueAt = due;
  if (due < Number.POSITIVE_INFINITY) startTimer(state, 'work', due - state.now);
}
