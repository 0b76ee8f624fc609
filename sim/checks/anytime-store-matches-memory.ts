import { isKind, KINDS } from '../../protocol/records/index.ts';
import type { State } from '../../protocol/state.ts';
import type { Host } from '../host.ts';
import { type Check, remembering } from './check.ts';
import { isWell } from './steady.ts';
import { inTurn } from './truth.ts';

const recall = remembering(() => new WeakMap<State, string>());

/** While nothing is being written, the disk holds just the rows that memory holds; but those of memory alone. */
export const storeMatchesMemory: Check = {
  name: 'a restart would lose nothing',
  when: 'anytime',
  source: 'C5, rule R8',
  look: (mesh, memory) =>
    inTurn(mesh, memory).flatMap(({ host, state }) => {
      if (!isWell(host) || host.disk.underWay.size > 0 || state.commands.readOnly !== null) return [];
      const difference = differenceOf(host, state);
      const before = recall(memory).get(state);
      recall(memory).set(state, difference);
      // Once may be the moment between a failed write and its end.
      return difference !== '' && difference === before ? [`${host.name}: ${difference}`] : [];
    }),
};

function differenceOf({ disk }: Host, { table }: State): string {
  let lasting = 0;
  for (const [key, row] of table.rows) {
    if (isKind(row.kind) && KINDS[row.kind].retention === 'memory') continue;
    lasting += 1;
    const stored = disk.rows.get(key);
    if (!stored) return `${key} is not on the disk`;
    if (stored.seq !== row.seq || stored.epoch !== row.epoch) return `${key} is older on the disk`;
  }
  return lasting === disk.rows.size ? '' : `${disk.rows.size} rows on the disk, ${lasting} in memory`;
}
