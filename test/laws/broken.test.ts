/** Joins with a planted fault each: a law that lets one pass proves nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeRow } from '../../protocol/crdt/merge.ts';
import { insertEntry, removeRow, toggle } from '../../protocol/crdt/table.ts';
import { KINDS } from '../../protocol/records/index.ts';
import { rowKey } from '../../protocol/records/row.ts';
import {
  accountsAgree,
  anyOrder,
  associates,
  commutes,
  type Law,
  type Merge,
  onlyRises,
  repairEnds,
  repeats,
} from './join.ts';
import { ALL_KINDS, honestRows, wildRows } from './rows.ts';

/** Of two rows with one number the first to come stays. */
const withoutTieBreak: Merge = (table, row) => {
  const held = table.rows.get(rowKey(row));
  if (held && held.hlc === row.hlc && held.epoch === row.epoch && held.seq === row.seq) return;
  mergeRow(table, row);
};

/** Whatever comes last replaces what is held. */
const lastComerWins: Merge = (table, row) => {
  const held = table.rows.get(rowKey(row));
  if (held) removeRow(table, held);
  mergeRow(table, row);
};

/** Rows made void by a newer one stay. */
const voidStays: Merge = (table, row) => {
  const result = mergeRow(table, row);
  if (result.outcome !== 'held') return;
  for (const dropped of result.dropped) {
    if (rowKey(dropped) !== rowKey(row)) insertEntry(table, rowKey(dropped), { row: dropped, body: {} });
  }
};

/** The digest forgets to let go of what was replaced. */
const digestKeepsReplaced: Merge = (table, row) => {
  const result = mergeRow(table, row);
  if (result.outcome === 'held') for (const dropped of result.dropped) toggle(table, dropped);
};

/** A row that is held already is counted once more. */
const countsTwice: Merge = (table, row) => {
  if (mergeRow(table, row).outcome === 'known') toggle(table, row);
};

/** Any row of a new epoch ends the older life, though nobody may hold that row for long. */
const epochByAnyRow: Merge = (table, row) => {
  if (KINDS[row.kind as keyof typeof KINDS].writer === 'owner') {
    table.epochs.set(row.origin, Math.max(row.epoch, table.epochs.get(row.origin) ?? 0));
  }
  mergeRow(table, row);
};

const oneKind = honestRows(['member']);
const all = honestRows(ALL_KINDS);
const forged = wildRows(['host', 'node']);

test.each<[string, Merge, string, Law, fc.Arbitrary<Parameters<Merge>[1][]>]>([
  ['no tie-break', withoutTieBreak, 'any order', anyOrder, forged],
  ['no tie-break', withoutTieBreak, 'commutative', commutes, forged],
  ['last comer wins', lastComerWins, 'any order', anyOrder, oneKind],
  ['void rows stay', voidStays, 'associative', associates, all],
  ['last comer wins', lastComerWins, 'monotone', onlyRises, oneKind],
  ['void rows stay', voidStays, 'any order', anyOrder, all],
  ['digest keeps what was replaced', digestKeepsReplaced, 'digest', accountsAgree, oneKind],
  ['known rows are counted twice', countsTwice, 'idempotent', repeats, oneKind],
  ['any row raises the epoch', epochByAnyRow, 'repair', repairEnds, wildRows(['host', 'alert'])],
])('%s: %# is seen', (_fault, merge, complaint, law, rows) => {
  const verdict = fc.check(law(merge, rows), { numRuns: 2_000, seed: 1 });
  expect(verdict.failed).toBe(true);
  expect(String(verdict.errorInstance)).toContain(`Error: ${complaint}`);
});
