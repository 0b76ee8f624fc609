import { compareRows } from '../../protocol/crdt/merge.ts';
import { isKind, KINDS } from '../../protocol/records/index.ts';
import { type Row, rowKey } from '../../protocol/records/row.ts';
import type { Host } from '../host.ts';
import { stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** An own row in a message is on the sender's disk, or a later one of its key, or it was made void meanwhile. */
export const persistedBeforeSent: Check = {
  name: 'nothing leaves that is not on disk',
  when: 'anytime',
  source: 'C5, rule R8',
  look: () => [],
  sent: (_mesh, _memory, { from, message }) => {
    if (message.type !== 'rows') return [];
    return message.rows
      .filter((row) => row.origin === from.id && !isKept(from, row))
      .map(
        (row) => `${from.name} sends ${rowKey(row)} ${row.epoch}.${row.seq}, its disk is at ${textOf(from)}`,
      );
  },
};

const textOf = ({ disk: { meta } }: Host): string => `${meta.epoch}.${meta.seq}`;

function isKept(from: Host, row: Row): boolean {
  const { meta, rows } = from.disk;
  const key = rowKey(row);
  const held = rows.get(key);
  if (held) return compareRows(held, row) >= 0;
  if (meta.epoch < row.epoch || (meta.epoch === row.epoch && meta.seq < row.seq)) return false;
  const isInMemoryOnly = isKind(row.kind) && KINDS[row.kind].retention === 'memory';
  return isInMemoryOnly || !from.agent || !stateOf(from).table.rows.has(key);
}
