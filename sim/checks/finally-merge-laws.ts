import { mergeRow } from '../../protocol/crdt/merge.ts';
import { createTable, type Table } from '../../protocol/crdt/table.ts';
import { createRandom, nextBelow } from '../../protocol/random.ts';
import type { Row } from '../../protocol/records/row.ts';
import { alive, type Mesh, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** All rows there are, merged in any order and more than once, make what every host holds. */
export const mergeLaws: Check = {
  name: 'merging in any order ends alike',
  when: 'finally',
  source: 'C2',
  look: (mesh) => {
    const [host] = alive(mesh);
    if (!host) return [];
    const rows = everyRow(mesh);
    const held = stateOf(host).table;
    if (held.aside.size > 0) return [];
    const wanted = held.digest.join();
    return [1, 2, 3].flatMap((seed) => {
      const digest = mergeShuffled(rows, seed).digest.join();
      return digest === wanted ? [] : [`${host.name} holds ${wanted}, order ${seed} makes ${digest}`];
    });
  },
};

/** What is in memories and what dead hosts left on disks that the live have heard of is not the same: memories only. */
const everyRow = (mesh: Mesh): Row[] => alive(mesh).flatMap((host) => [...stateOf(host).table.rows.values()]);

function mergeShuffled(rows: Row[], seed: number): Table {
  const random = createRandom(seed);
  const order = [...rows, ...rows.slice(0, rows.length / 4)];
  for (let i = order.length - 1; i > 0; i--) {
    const j = nextBelow(random, i + 1);
    const [a, b] = [order[i], order[j]];
    if (a && b) [order[i], order[j]] = [b, a];
  }
  const table = createTable();
  for (const row of order) mergeRow(table, row);
  return table;
}
