/**
 * The laws of a join, over any join: the real one, and broken ones to prove that the laws see what they should.
 * Each law is a property over rows; where it does not hold it throws an Error that begins with the law's name.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { compareRows } from '../../protocol/crdt/merge.ts';
import {
  BUCKETS,
  bucketOf,
  createTable,
  type Digest,
  rowFingerprint,
  type Table,
} from '../../protocol/crdt/table.ts';
import { type Row, rowKey } from '../../protocol/records/row.ts';
import { describeRow } from './rows.ts';

export type Merge = (table: Table, row: Row) => unknown;
export type Law = (merge: Merge, rows: fc.Arbitrary<Row[]>) => fc.IPropertyWithHooks<[Row[][]]>;

const law =
  (split: (rows: Row[]) => fc.Arbitrary<Row[][]>, check: (merge: Merge, parts: Row[][]) => void): Law =>
  (merge, rows) =>
    fc.property(rows.chain(split), (parts) => check(merge, parts));

const inOneOrder = (rows: Row[]): fc.Arbitrary<Row[][]> => withRepeats(rows).map((order) => [order]);
const inTwoOrders = (rows: Row[]): fc.Arbitrary<Row[][]> => withRepeats(rows).map((order) => [rows, order]);
const inParts =
  (count: number) =>
  (rows: Row[]): fc.Arbitrary<Row[][]> =>
    fc.array(fc.shuffledSubarray(rows), { minLength: count, maxLength: count });

/** All of them in any order, some of them twice. */
const withRepeats = (rows: Row[]): fc.Arbitrary<Row[]> =>
  fc
    .tuple(fc.subarray(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))
    .map(([again, all]) => [...again, ...all]);

/** Any order with any repetitions holds the same rows and shows the same digest. */
export const anyOrder = law(inTwoOrders, (merge, [rows, shuffled]) =>
  same('any order', mergeAll(merge, rows!), mergeAll(merge, shuffled!)),
);

/** x + y = y + x, as whole states. */
export const commutes = law(inParts(2), (merge, [x, y]) =>
  same(
    'commutative',
    mergeAll(merge, held(mergeAll(merge, y!)), mergeAll(merge, x!)),
    mergeAll(merge, held(mergeAll(merge, x!)), mergeAll(merge, y!)),
  ),
);

/** (x + y) + z = x + (y + z), as whole states. */
export const associates = law(inParts(3), (merge, [x, y, z]) => {
  const states = (): Table[] => [x!, y!, z!].map((rows) => mergeAll(merge, rows));
  const plus = (one: Table, other: Table): Table => mergeAll(merge, held(other), one);
  const [a, b, c] = states();
  const [d, e, f] = states();
  same('associative', plus(plus(a!, b!), c!), plus(d!, plus(e!, f!)));
});

/** What is held can be merged again, any number of times, without effect. */
export const repeats = law(inOneOrder, (merge, [rows]) => {
  const twice = mergeAll(merge, rows!);
  same('idempotent', mergeAll(merge, rows!), mergeAll(merge, held(twice), twice));
});

/** A newer row never gives way to an older one of its key, not even after it was made void. */
export const onlyRises = law(inOneOrder, (merge, [rows]) => {
  const table = createTable();
  const highest = new Map<string, Row>();
  for (const row of rows!) {
    merge(table, row);
    for (const [key, now] of table.rows) {
      const before = highest.get(key);
      if (before && compareRows(now, before) < 0) {
        throw new Error(`monotone: ${describeRow(now)} came back after ${describeRow(before)}`);
      }
      highest.set(key, now);
    }
  }
});

/** The running digests are the XOR over what is held, and the indexes list exactly that. */
export const accountsAgree = law(inOneOrder, (merge, [rows]) => {
  const table = mergeAll(merge, rows!);
  const { digest, buckets } = digestOf(table.rows);
  agree('digest: not the XOR of what is held', digest, table.digest);
  agree('digest: a bucket is not the XOR of its rows', buckets, table.buckets);
  const keys = [...table.rows.keys()].sort();
  const byOrigin = [...table.byOrigin.values()].flatMap((set) => [...set]).sort();
  const entries = [...table.kinds.values()].flatMap((ids) =>
    [...ids.values()].flatMap((set) => [...set.values()]),
  );
  agree('index: byOrigin does not list what is held', byOrigin, keys);
  agree('index: kinds do not list what is held', entries.map((entry) => rowKey(entry.row)).sort(), keys);
});

/**
 * Holders of parts of the truth hand each other what they hold until nobody learns anything; all are then equal. This
 * is what repair does, and it has to end well whatever was written, by hostile hosts too.
 */
export const repairEnds = law(inParts(3), (merge, parts) => {
  const tables = parts.map((rows) => mergeAll(merge, rows));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = tables.map(heldLines);
    for (const from of tables) for (const to of tables) if (from !== to) mergeAll(merge, held(from), to);
    if (!isDeepStrictEqual(before, tables.map(heldLines))) continue;
    for (const table of tables) same('repair', tables[0]!, table);
    return;
  }
  throw new Error(`repair: still changing after ${MAX_ROUNDS} rounds`);
});

const MAX_ROUNDS = 20;

function mergeAll(merge: Merge, rows: Iterable<Row>, table: Table = createTable()): Table {
  for (const row of rows) merge(table, row);
  return table;
}

const held = (table: Table): Row[] => [...table.rows.values()];
const heldLines = (table: Table): string[] => held(table).map(describeRow).sort();

function same(name: string, one: Table, other: Table): void {
  const [left, right] = [heldLines(one), heldLines(other)];
  if (!isDeepStrictEqual(left, right)) {
    throw new Error(`${name}: held rows differ\n--- one\n${left.join('\n')}\n--- other\n${right.join('\n')}`);
  }
  agree(`${name}: equal rows, but digests differ`, one.digest, other.digest);
}

function agree(complaint: string, one: unknown, other: unknown): void {
  if (!isDeepStrictEqual(one, other)) throw new Error(complaint);
}

function digestOf(rows: Map<string, Row>): { digest: Digest; buckets: Uint32Array } {
  const digest: Digest = [0, 0];
  const buckets = new Uint32Array(BUCKETS * 2);
  for (const [key, row] of rows) {
    const [high, low] = rowFingerprint(row);
    digest[0] = (digest[0] ^ high) >>> 0;
    digest[1] = (digest[1] ^ low) >>> 0;
    buckets[bucketOf(key) * 2]! ^= high;
    buckets[bucketOf(key) * 2 + 1]! ^= low;
  }
  return { digest, buckets };
}
