import { mergeRow } from '../../protocol/crdt/merge.ts';
import { createTable } from '../../protocol/crdt/table.ts';
import { isKind, KINDS } from '../../protocol/records/index.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** A table made anew from the disk holds what memory holds, but for what is kept in memory only. */
export const restartEqual: Check = {
  name: 'a restart brings the same state',
  when: 'finally',
  source: 'C5',
  look: (mesh) =>
    alive(mesh).flatMap((host) => {
      const anew = createTable();
      for (const row of host.disk.rows.values()) mergeRow(anew, row);
      const { table } = stateOf(host);
      const lasting = [...table.rows].filter(
        ([, { kind }]) => !isKind(kind) || KINDS[kind].retention === 'disk',
      );
      const lost = lasting.filter(([key, row]) => anew.rows.get(key)?.seq !== row.seq).map(([key]) => key);
      if (lost.length > 0) return [`${host.name} would lose ${lost[0]}`];
      return anew.rows.size === lasting.length
        ? []
        : [`${host.name} would hold ${anew.rows.size} rows, now ${lasting.length}`];
    }),
};
