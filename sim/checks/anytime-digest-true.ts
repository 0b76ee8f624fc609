import { bucketOf, rowFingerprint, type Table } from '../../protocol/crdt/table.ts';
import { rowKey } from '../../protocol/records/row.ts';
import type { Check } from './check.ts';
import { inTurn } from './truth.ts';

/** A digest is that of the rows that are held, those held aside included. */
export const digestTrue: Check = {
  name: 'digests are of what is held',
  when: 'anytime',
  source: 'C1, rule R6',
  look: (mesh, memory) =>
    inTurn(mesh, memory).flatMap(({ host, state: { table } }) => {
      let high = 0;
      let low = 0;
      for (const row of rowsOf(table)) {
        const [a, b] = rowFingerprint(row);
        high = (high ^ a) >>> 0;
        low = (low ^ b) >>> 0;
      }
      if (high !== table.digest[0] || low !== table.digest[1])
        return [`${host.name} says ${table.digest.join()}, its rows make ${high},${low}`];
      return bucketsDiffer(table) ? [`${host.name}: the buckets do not add up to the digest`] : [];
    }),
};

function* rowsOf(table: Table): Iterable<Parameters<typeof rowFingerprint>[0]> {
  yield* table.rows.values();
  yield* table.aside.values();
}

/** XOR of all buckets is the digest; and the bucket of one row, the first, is that of its rows. */
function bucketsDiffer(table: Table): boolean {
  let high = 0;
  let low = 0;
  for (let at = 0; at < table.buckets.length; at += 2) {
    high ^= table.buckets[at] ?? 0;
    low ^= table.buckets[at + 1] ?? 0;
  }
  if (high >>> 0 !== table.digest[0] || low >>> 0 !== table.digest[1]) return true;
  const [first] = table.rows.values();
  if (!first) return false;
  const bucket = bucketOf(rowKey(first));
  let sum = 0;
  for (const row of rowsOf(table)) if (bucketOf(rowKey(row)) === bucket) sum ^= rowFingerprint(row)[0];
  return sum >>> 0 !== table.buckets[bucket * 2];
}
