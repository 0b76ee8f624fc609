/** Which slots may move to the wanted generation, by the rows of all stewards so far (rule C9). */
import { entriesOf } from '../crdt/table.ts';
import type { Service } from '../services/read.ts';
import type { State } from '../state.ts';
import type { Slot } from './slot.ts';

export function allowedSlots(state: State, service: Service): Set<Slot> {
  const slots = new Set<Slot>();
  for (const { body } of entriesOf(state.table, 'rollout', service.id)) {
    if (body.generation === service.generation) for (const slot of body.slots) slots.add(slot);
  }
  return slots;
}

export const rolloutAllows = (state: State, service: Service, slot: Slot): boolean =>
  allowedSlots(state, service).has(slot);
