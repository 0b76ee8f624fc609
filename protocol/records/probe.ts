/** What one observer says of one endpoint of a host whose agent is down or stalled (rule V3). */
import { hasEntry, ownerBody } from '../crdt/table.ts';
import { flag, integer, object } from '../wire/shape.ts';
import type { RecordKind } from './kind.ts';

/** id = host, group = claim (`slot|generation`) */
const parse = object({ incarnation: integer(), dead: flag });
export type ProbeBody = ReturnType<typeof parse>;

export const probe: RecordKind<ProbeBody> = {
  writer: 'owner',
  retention: 'memory',
  parse,
  mayWrite: (id, _group, origin) => id !== origin,
  isVoid: (entry, table) => {
    if (hasEntry(table, 'node', entry.row.id, 'removed')) return true;
    const subject = ownerBody(table, 'host', entry.row.id, 'self');
    return subject !== undefined && subject.incarnation > entry.body.incarnation;
  },
};
