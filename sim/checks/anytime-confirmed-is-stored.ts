import { isKind, KINDS } from '../../protocol/records/index.ts';
import { stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** What a host tells an origin to have stored is on its disk. */
export const confirmedIsStored: Check = {
  name: 'what is confirmed is on disk',
  when: 'anytime',
  source: 'rules R8, R9',
  look: () => [],
  sent: (_mesh, _memory, { from, to, message }) => {
    if (message.type !== 'stored' || to === null || !from.agent) return [];
    const { table } = stateOf(from);
    const missing = [...(table.byOrigin.get(to) ?? [])].filter((key) => {
      const row = table.rows.get(key);
      if (!row || row.epoch !== message.epoch || !message.seqs.includes(row.seq)) return false;
      const isLasting = isKind(row.kind) && KINDS[row.kind].retention === 'disk';
      return isLasting && from.disk.rows.get(key)?.seq !== row.seq;
    });
    return missing.map((key) => `${from.name} confirms ${key}, which is not on its disk`);
  },
};
