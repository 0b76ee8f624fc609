import { entriesOfOrigin } from '../../protocol/crdt/table.ts';
import { stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** A write stamps only the groups that it changes: scaling starts no new generation. */
export const scaleChangesModeOnly: Check = {
  name: 'a write touches only what it changes',
  when: 'anytime',
  source: 'rules R2, C1',
  look: () => [],
  answered: (_mesh, _memory, { host, command, result, isAlone, seqBefore }) => {
    if (command.command !== 'scale' || !result.ok || !isAlone || !host.agent) return [];
    return entriesOfOrigin(stateOf(host).table, host.id)
      .filter(({ row }) => row.kind === 'service' && row.seq > seqBefore && row.group !== 'Mode')
      .map(({ row }) => `${host.name}: scale ${command.service} wrote ${row.group}`);
  },
};
