import { entriesOfOrigin } from '../../protocol/crdt/table.ts';
import { rowKey } from '../../protocol/records/row.ts';
import { stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** A write stamps only the groups that it changes: scaling starts no new generation. */
export const scaleChangesModeOnly: Check = {
  name: 'a write touches only what it changes',
  when: 'anytime',
  source: 'rules R2, C1',
  look: () => [],
  answered: (_mesh, _memory, { host, command, result, isAlone, seqBefore, diskBefore }) => {
    if (command.command !== 'scale' || !result.ok || !isAlone || !host.agent) return [];
    return (
      entriesOfOrigin(stateOf(host).table, host.id)
        .filter(({ row }) => row.kind === 'service' && row.seq > seqBefore && row.group !== 'Mode')
        // A host that lost its store learns again what it wrote before, under numbers that it has not reached yet.
        .filter(({ row }) => !diskBefore.includes(` ${rowKey(row)} ${row.seq}`))
        .map(({ row }) => `${host.name}: scale ${command.service} wrote ${row.group}`)
    );
  },
};
