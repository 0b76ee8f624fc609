import { compareRows } from '../../protocol/crdt/merge.ts';
import { hasEntry } from '../../protocol/crdt/table.ts';
import { REMOVED } from '../../protocol/records/service.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Every host holds every row that an answer vouched for, or a later one of its key, or its object was removed. */
export const kept: Check = {
  name: 'nothing acknowledged is lost',
  when: 'eventually',
  source: 'C3, promise 2',
  look: (mesh) =>
    alive(mesh).flatMap((host) => {
      const { table } = stateOf(host);
      return [...mesh.acknowledged].flatMap(([key, row]) => {
        const held = table.rows.get(key);
        if (held && compareRows(held, row) >= 0) return [];
        return row.kind === 'service' && hasEntry(table, 'service', row.id, REMOVED)
          ? []
          : [`${host.name} lacks ${key}`];
      });
    }),
};
