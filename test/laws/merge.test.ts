/** The join of the replicated state, over every record kind of the registry: a new kind is covered without a new test. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeRow } from '../../protocol/crdt/merge.ts';
import { createTable } from '../../protocol/crdt/table.ts';
import { KINDS, type Kind } from '../../protocol/records/index.ts';
import type { Row } from '../../protocol/records/row.ts';
import {
  accountsAgree,
  anyOrder,
  associates,
  commutes,
  type Law,
  onlyRises,
  repairEnds,
  repeats,
} from './join.ts';
import { ALL_KINDS, honestLives, honestRows, wildRows } from './rows.ts';

const RUNS = Number(process.env.LAW_RUNS ?? 200);

/** Hold whatever was written by whomever. */
const ALWAYS: Record<string, Law> = { repairEnds, repeats, accountsAgree };
/** Hold for what honest hosts write. */
const OF_ORDER: Record<string, Law> = { anyOrder, commutes, associates, onlyRises };

const without = (...kinds: Kind[]): Kind[] => ALL_KINDS.filter((kind) => !kinds.includes(kind));
const isRemoval = (row: Row): boolean => row.kind === 'node' && row.group === 'removed';
const neverVoid = ALL_KINDS.filter((kind) => KINDS[kind].isVoid === undefined);

/**
 * A claim that ran, and an observed host's own record, make other hosts' rows void. They go when their host is removed
 * or loses its store, and until repair has passed once it then matters who had seen them: those sets are left to
 * `repairEnds`, which holds for them too.
 */
const ORDERED: [string, fc.Arbitrary<Row[]>][] = [
  ...ALL_KINDS.map((kind): [string, fc.Arbitrary<Row[]>] => [kind, honestRows([kind])]),
  ['all kinds', honestRows(ALL_KINDS).map((rows) => rows.filter((row) => !isRemoval(row)))],
  ['removed hosts', honestRows(without('claim'))],
  ['lost stores', honestLives(without('claim', 'alert', 'probe'))],
  ['forged numbers', wildRows(neverVoid)],
];

const ANY: [string, fc.Arbitrary<Row[]>][] = [
  ...ALL_KINDS.map((kind): [string, fc.Arbitrary<Row[]>] => [kind, wildRows([kind])]),
  ['all kinds', wildRows(ALL_KINDS, 16)],
  ['claims and removed hosts', honestRows(['claim', 'node', 'rollout'])],
  ['claims and lost stores', honestLives(['claim', 'rollout', 'service'])],
  ['accusations and lost stores', honestLives(['alert', 'host', 'node', 'probe'])],
];

describe.each(ORDERED)('in any order: %s', (_name, rows) => {
  test.each(Object.entries(OF_ORDER))('%s', (_law, law) => fc.assert(law(mergeRow, rows), { numRuns: RUNS }));
});

describe.each(ANY)('whatever was written: %s', (_name, rows) => {
  test.each(Object.entries(ALWAYS))('%s', (_law, law) => fc.assert(law(mergeRow, rows), { numRuns: RUNS }));
});

test.each(ALL_KINDS)('what is generated for %s is accepted by its kind', (kind) => {
  fc.assert(
    fc.property(wildRows([kind], 1), ([row]) => {
      expect(mergeRow(createTable(), row!)).toMatchObject({ outcome: 'held' });
    }),
    { numRuns: RUNS },
  );
});
