/**
 * The auction of one service, from this host's side: derive the slots, give up claims that lost their reason, bid for
 * open slots. There is no auctioneer: the specification is the call, and the winner is a pure function of the rows.
 */

import { entriesOf, entriesOfService, ownerBody } from '../crdt/table.ts';
import type { ClaimId } from '../engine.ts';
import { floodWaitMs, holdMs } from '../gossip/spread.ts';
import { writeRow } from '../gossip/write.ts';
import { hostBody, hostName, liveHosts } from '../membership/view.ts';
import { claimId, type Work } from '../reconcile/local.ts';
import { type ClaimBody, type ClaimReasons, RUN } from '../records/claim.ts';
import { type Service, shortName } from '../services/read.ts';
import type { State } from '../state.ts';
import { type Nomination, nominate } from './nominate.ts';
import { reasonToRelease } from './release.ts';
import { type Slot, slotIndex, slotService } from './slot.ts';
import { desiredSlots, isDesired, type SlotView, viewSlot } from './slots.ts';
import { type ClaimEntry, compareClaims } from './standing.ts';

const WIDEN_EVERY_MS = 1_000;
const MAX_WIDEN = 64;
const MAX_REASONS = 100;
const MAX_REASON_LENGTH = 200;
const MAX_AMOUNT = 1_000;
const MAX_NAME_PART = 63;

/** Everything this host should now do about a service's slots. Idempotent. */
export function evaluateService(state: State, service: Service): void {
  const desired = new Set(desiredSlots(state, service));
  const open: SlotView[] = [];
  for (const slot of new Set([...desired, ...ownSlots(state, service)])) {
    const view = viewSlot(state, service, slot);
    giveUp(state, service, view, desired.has(slot));
    if (desired.has(slot) && view.open) open.push(view);
    else state.openSlots.delete(slot);
  }
  for (const slot of state.openSlots.keys()) {
    if (slotService(slot) === service.id && !desired.has(slot)) state.openSlots.delete(slot);
  }
  for (const { slot } of open) {
    if (!state.openSlots.has(slot)) state.openSlots.set(slot, { since: state.now, expected: null });
  }
  if (canBid(state)) bidFor(state, service, open);
  takeBackIdleBids(state, service);
}

/** Bids that this agent no longer works on, as after its restart: while they stand, all others wait for us. */
function takeBackIdleBids(state: State, service: Service): void {
  for (const slot of ownSlots(state, service)) {
    for (const entry of entriesOf(state.table, 'claim', slot)) {
      const isOwnBid = entry.row.origin === state.self && entry.body.run === RUN.bidding;
      const isWorkedOn = state.local.work.has(claimId(slot, entry.row.group));
      if (isOwnBid && !isWorkedOn) release(state, entry, 'taken back: this host cannot start it now');
    }
  }
}

/** Only claims of this slot changed. A slot that opens needs the whole play, in which every host plays alike. */
export function evaluateSlot(state: State, service: Service, slot: Slot): void {
  const desired = isDesired(state, service, slot);
  const view = viewSlot(state, service, slot);
  giveUp(state, service, view, desired);
  if (!desired || !view.open) state.openSlots.delete(slot);
  else if (!state.openSlots.has(slot)) state.dirty.services.add(service.id);
}

function ownSlots(state: State, service: Service): Slot[] {
  return entriesOfService(state.table, service.id)
    .filter((entry) => entry.row.kind === 'claim' && entry.row.origin === state.self)
    .map((entry) => entry.row.id);
}

const canBid = (state: State): boolean =>
  state.local.counted &&
  state.local.resumed &&
  state.local.engine !== null &&
  state.commands.readOnly === null;

function giveUp(state: State, service: Service, view: SlotView, desired: boolean): void {
  for (const entry of entriesOf(state.table, 'claim', view.slot)) {
    if (entry.row.origin !== state.self || entry.body.run === RUN.released) continue;
    const reason = reasonToRelease(state, service, view, entry, desired);
    if (reason) release(state, entry, reason);
  }
}

/** Unpublishes the claim; its container is drained and stopped by reconcile, which sees no claim for it any more. */
export function release(state: State, entry: ClaimEntry, note: string): void {
  const { row, body } = entry;
  writeRow(state, 'claim', row.id, row.group, {
    ...body,
    run: RUN.released,
    finished: false,
    note: note.slice(0, 500),
    since: state.wall,
    why: undefined,
  });
}

function bidFor(state: State, service: Service, open: SlotView[]): void {
  if (open.every((view) => state.local.work.has(claimId(view.slot, service.generation)))) return;
  const widen = (slot: Slot): number => {
    const ageMs = state.now - (state.openSlots.get(slot)?.since ?? state.now);
    return Math.min(MAX_WIDEN, 2 ** Math.floor(ageMs / WIDEN_EVERY_MS));
  };
  const views = new Map(open.map((view) => [view.slot, view]));
  for (const nomination of nominate(state, service, [...views.keys()], widen)) {
    const view = views.get(nomination.slot);
    const slot = state.openSlots.get(nomination.slot);
    if (slot) slot.expected = nomination.expected;
    if (view && nomination.bid) bid(state, service, view, nomination);
  }
}

function bid(state: State, service: Service, view: SlotView, nomination: Nomination): void {
  const id = claimId(view.slot, service.generation);
  if (state.local.work.has(id) || runsUnclaimed(state, id)) return;
  const held = ownerBody(state.table, 'claim', view.slot, service.generation, state.self);
  if (held && held.run >= RUN.bidding && held.boot !== bootOf(state)) return;
  const body = bidBody(state, service, view, nomination);
  if (isBeaten(state, view, body, service.generation)) return;
  if (!held || held.run < RUN.bidding || held.score !== body.score || held.term !== body.term) {
    writeRow(state, 'claim', view.slot, service.generation, body);
  }
  state.local.work.set(id, createWork(state, service, view, nomination));
}

/** Its container runs, only the claim was lost with the store: it is adopted, not started beside itself. */
const runsUnclaimed = (state: State, id: ClaimId): boolean =>
  [...state.local.containers.values()].some(
    (seen) => seen.claim === id && seen.state === 'running' && !state.local.ending.has(seen.name),
  );

/** A better bid of a live host is known already: ours would only be noise. */
function isBeaten(state: State, view: SlotView, body: ClaimBody, generation: string): boolean {
  const row = { kind: 'claim', id: view.slot, group: generation, origin: state.self } as ClaimEntry['row'];
  const best = view.current[0];
  return best !== undefined && best.row.origin !== state.self && compareClaims(best, { row, body }) < 0;
}

const bootOf = (state: State): string => state.facts.boot;

function bidBody(state: State, service: Service, view: SlotView, nomination: Nomination): ClaimBody {
  return {
    run: RUN.bidding,
    ran: ownerBody(state.table, 'claim', view.slot, service.generation, state.self)?.ran ?? false,
    finished: false,
    exitCode: undefined,
    term: view.nextTerm,
    score: nomination.score,
    boot: bootOf(state),
    engineStart: state.local.engine?.startId ?? '',
    memoryBytes: nomination.item.memoryBytes,
    nanoCpus: nomination.item.nanoCpus,
    image: service.spec.TaskTemplate.ContainerSpec.Image,
    container: null,
    containerId: null,
    address: null,
    ports: [],
    since: state.wall,
    note: '',
    why: undefined,
  };
}

function createWork(state: State, service: Service, view: SlotView, nomination: Nomination): Work {
  const alone = nomination.alone || liveHosts(state).length === 1;
  const heldMs = alone ? 0 : floodWaitMs(state) + holdMs(state);
  return {
    slot: view.slot,
    generation: service.generation,
    phase: 'holding',
    container: containerName(state, service, view.slot),
    dueAt: state.now + heldMs,
    holdMs: heldMs,
    rearmed: false,
    startedAt: 0,
    reasons: reasonsOf(nomination),
  };
}

/** In a large mesh some of it: a row has its bounds, and hosts may say anything of their load. */
const reasonsOf = (nomination: Nomination): ClaimReasons => ({
  bids: [],
  refused: nomination.refused
    .slice(0, MAX_REASONS)
    .map((r) => ({ ...r, reason: r.reason.slice(0, MAX_REASON_LENGTH) })),
  loads: Object.fromEntries(
    Object.entries(nomination.loads)
      .slice(0, MAX_REASONS)
      .map(([host, [cpuMille, tasks]]) => [
        host,
        [Math.min(MAX_AMOUNT, cpuMille), Math.min(MAX_AMOUNT, tasks)],
      ]),
  ),
});

/** `shop_web.3.k2j9x1`: readable, and unique per claim: the tail is a hash-like piece of slot, generation and host. */
export function containerName(state: State, service: Service, slot: Slot): string {
  const index = slotIndex(slot);
  const place = hostBody(state, index) ? hostName(state, index) : index;
  const tail = `${service.generation.slice(5, 11)}${service.generation.slice(31, 37)}${state.nextToken++}`;
  const [stack, name] = [service.stack ?? '', shortName(service)].map((part) => part.slice(0, MAX_NAME_PART));
  return `${stack ? `${stack}_` : ''}${name}.${place.slice(0, MAX_NAME_PART)}.${tail}`;
}
