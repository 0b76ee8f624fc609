import { rowFingerprint } from '../../protocol/crdt/table.ts';
import type { HostId } from '../../protocol/identity.ts';
import { rowKey } from '../../protocol/records/row.ts';
import { type Check, remembering } from './check.ts';

/** Of one origin: what each number stood for, and where its disk was: one that went back has lost its memory. */
interface Said {
  prints: Map<string, number>;
  epoch: number;
  seq: number;
}

const recall = remembering(() => new Map<HostId, Said>());

/** A host never signs two rows with one number, unless its store was lost between them. */
export const sequenceNeverReused: Check = {
  name: 'no number is used twice',
  when: 'anytime',
  source: 'C5, rule R5',
  look: () => [],
  sent: (_mesh, memory, { from, message }) => {
    if (message.type !== 'rows') return [];
    const { epoch, seq } = from.disk.meta;
    const known = recall(memory).get(from.id);
    const isSame = known && (epoch > known.epoch || (epoch === known.epoch && seq >= known.seq));
    const said: Said = isSame ? { ...known, epoch, seq } : { prints: new Map(), epoch, seq };
    recall(memory).set(from.id, said);
    return message.rows.flatMap((row) => {
      if (row.origin !== from.id) return [];
      const number = `${row.epoch}.${row.seq}`;
      const [print] = rowFingerprint(row);
      const before = said.prints.get(number) ?? print;
      said.prints.set(number, print);
      return before === print ? [] : [`${from.name} signed ${number} twice, now as ${rowKey(row)}`];
    });
  },
};
