/** The steward's own row about an update: which slots may move to the new generation (rule C9). */
import { entriesOf, entriesOfService, hasEntry, type Table } from '../crdt/table.ts';
import { list, object, text } from '../wire/shape.ts';
import { currentGeneration, type Generation } from './generation.ts';
import type { RecordKind } from './kind.ts';
import { REMOVED } from './service.ts';

/**
 * id = service, group 'update'. Slots only ever grow within one generation, so rows of several stewards unite.
 * floor: the update to this generation is complete; claims of older ones are void, with no tombstone each.
 */
const parse = object({ generation: text(80), slots: list(text(80), 10_000), floor: text(80) });
export type RolloutBody = ReturnType<typeof parse>;

export const rollout: RecordKind<RolloutBody> = {
  writer: 'owner',
  retention: 'disk',
  parse,
  // A floor that sank again with its steward would bring back what it had ended.
  outlivesOrigin: true,
  mayWrite: (_id, group) => group === 'update',
  isVoid: (entry, table) => hasEntry(table, 'service', entry.row.id, REMOVED),
  affects: (entry, table) => entriesOfService(table, entry.row.id),
};

/**
 * The oldest generation of a service whose claims still mean something; '' when none was completed. Never above the
 * generation that is wanted here: its rows may be late or lost, and no steward's word may end what is wanted.
 */
export function generationFloor(table: Table, service: string): Generation {
  let floor = '';
  for (const { body } of entriesOf(table, 'rollout', service)) if (body.floor > floor) floor = body.floor;
  const wanted = floor === '' ? '' : currentGeneration(table, service);
  return floor < wanted ? floor : wanted;
}
