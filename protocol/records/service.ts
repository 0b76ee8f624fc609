/** A service: Docker's ServiceSpec cut into field groups, so that concurrent edits of different groups both live. */
import { entriesOf, entriesOfService, hasEntry } from '../crdt/table.ts';
import { integer, object } from '../wire/shape.ts';
import { HOST_PORTS_GROUP, TASK_GROUP } from './generation.ts';
import type { RecordKind } from './kind.ts';

/** writes: how often this origin wrote to this object, itself included (rule R4); value: the group's content. */
const shape = object({ writes: integer(1), value: (value: unknown) => value });
export type ServiceBody = ReturnType<typeof shape>;

export const REMOVED = 'removed';

/** A creation stamp has 25 letters (time.ts); the marks that slots and claims are cut at may not be in it. */
const ID = /^[^.|]{1,30}$/;

export const service: RecordKind<ServiceBody> = {
  writer: 'operator',
  retention: 'disk',
  parse: shape,
  mayWrite: (id) => ID.test(id),
  isVoid: (entry, table) => entry.row.group !== REMOVED && hasEntry(table, 'service', entry.row.id, REMOVED),
  affects: (entry, table) => {
    const { id, group } = entry.row;
    if (group === REMOVED) return [...entriesOf(table, 'service', id), ...entriesOfService(table, id)];
    // A newer generation lets a completed update's floor rise to it.
    return group === TASK_GROUP || group === HOST_PORTS_GROUP ? entriesOfService(table, id) : [];
  },
};
