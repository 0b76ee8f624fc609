/**
 * The rollout of a new generation: one slot at a time, start-first. The service's steward, the live host with the
 * highest rendezvous hash, writes which slots may move; any other host takes over by the same rows (rule C9).
 */
import { entriesOfService, ownerBody } from '../crdt/table.ts';
import { writeRow } from '../gossip/write.ts';
import { liveHosts } from '../membership/view.ts';
import { allowedSlots } from '../placement/rollout-rows.ts';
import type { Slot } from '../placement/slot.ts';
import { desiredSlots, type SlotView, viewSlot } from '../placement/slots.ts';
import { hash32 } from '../random.ts';
import { RUN } from '../records/claim.ts';
import { generationFloor } from '../records/rollout.ts';
import type { Service } from '../services/read.ts';
import type { State } from '../state.ts';

/** Highest rendezvous hash (Thaler, Ravishankar 1998) among the hosts that live in this view. */
export function stewardOf(state: State, service: string): string {
  const weigh = (host: string): number => hash32(`${service}^${host}`);
  return liveHosts(state).reduce((best, host) => (weigh(host) > weigh(best) ? host : best), state.self);
}

export function driveRollout(state: State, service: Service): void {
  if (stewardOf(state, service.id) !== state.self || !hasOldRows(state, service)) return;
  const views = desiredSlots(state, service).map((slot) => viewSlot(state, service, slot));
  const outdated = views.filter((view) => view.older.length > 0);
  const complete = views.every((view) => isMoved(view));
  if (outdated.length === 0) {
    if (complete && generationFloor(state.table, service.id) < service.generation)
      allow(state, service, null);
    return;
  }
  const allowed = allowedSlots(state, service);
  const busy = views.some((view) => (allowed.has(view.slot) || view.older.length === 0) && !isMoved(view));
  const next = outdated.find((view) => !allowed.has(view.slot));
  if (!busy && next) allow(state, service, next.slot);
}

/** Rows of an older generation are held: an update is under way, or its end has not been recorded. */
function hasOldRows(state: State, service: Service): boolean {
  return entriesOfService(state.table, service.id).some(
    ({ row }) => row.kind === 'claim' && row.group < service.generation,
  );
}

const isMoved = (view: SlotView): boolean => view.holder?.body.run === RUN.healthy && view.older.length === 0;

/** null: the update is complete, older claims are void from now on. */
function allow(state: State, service: Service, slot: Slot | null): void {
  const { generation } = service;
  const own = ownerBody(state.table, 'rollout', service.id, 'update', state.self);
  const slots = own?.generation === generation ? own.slots : [];
  writeRow(state, 'rollout', service.id, 'update', {
    generation,
    slots: slot === null ? [] : [...slots, slot],
    floor: slot === null ? generation : (own?.floor ?? ''),
  });
}
