import type { Check } from './check.ts';
import { inTurn } from './truth.ts';

/** Each row is in every index once, and no index holds anything else. */
export const indexesTrue: Check = {
  name: 'indexes hold what the table holds',
  when: 'anytime',
  source: 'C2, C6',
  look: (mesh, memory) =>
    inTurn(mesh, memory).flatMap(({ host, state: { table } }) => {
      let indexed = 0;
      for (const objects of table.kinds.values())
        for (const object of objects.values()) indexed += object.size;
      let owned = 0;
      for (const keys of table.byOrigin.values()) owned += keys.size;
      const size = table.rows.size;
      if (indexed !== size || owned !== size)
        return [`${host.name} holds ${size} rows, ${indexed} by object, ${owned} by origin`];
      for (const keys of table.byService.values())
        for (const key of keys) if (!table.rows.has(key)) return [`${host.name}: ${key} is in an index only`];
      return [];
    }),
};
