/** What one observer says of one host: accusation or vouch. A verdict is a pure function of these (rule V2). */
import { hasEntry, ownerBody } from '../crdt/table.ts';
import { integer, object, oneOf } from '../wire/shape.ts';
import type { RecordKind } from './kind.ts';

/** silentMs: how long the subject had been silent when this was written. */
const parse = object({
  incarnation: integer(),
  says: oneOf('alive', 'stalled', 'agent-down', 'unreachable'),
  silentMs: integer(),
});
export type AlertBody = ReturnType<typeof parse>;

export const alert: RecordKind<AlertBody> = {
  writer: 'owner',
  retention: 'memory',
  parse,
  mayWrite: (id, group, origin) => group === 'verdict' && id !== origin,
  isVoid: (entry, table) => {
    if (hasEntry(table, 'node', entry.row.id, 'removed')) return true;
    const subject = ownerBody(table, 'host', entry.row.id, 'self');
    return subject !== undefined && subject.incarnation > entry.body.incarnation;
  },
};
