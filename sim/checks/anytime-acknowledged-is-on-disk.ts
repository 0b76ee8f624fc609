import { compareRows } from '../../protocol/crdt/merge.ts';
import { entriesOfOrigin } from '../../protocol/crdt/table.ts';
import { rowKey } from '../../protocol/records/row.ts';
import { stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** When a command is answered with "done", everything that operators ever wrote through this host is on its disk. */
export const acknowledgedIsOnDisk: Check = {
  name: 'done means stored here',
  when: 'anytime',
  source: 'A1, promise 2, rule R8',
  look: () => [],
  answered: (_mesh, _memory, { host, result, command }) => {
    if (!result.ok || !host.agent) return [];
    return entriesOfOrigin(stateOf(host).table, host.id).flatMap(({ row }) => {
      if (row.kind !== 'service' && row.kind !== 'node') return [];
      const held = host.disk.rows.get(rowKey(row));
      return held && compareRows(held, row) >= 0
        ? []
        : [`${host.name} answers ${command.command}, but ${rowKey(row)} is not on its disk`];
    });
  },
};
