/** The project's own files against every rule, and every rule against violations planted in a clean project. */
import { describe, expect, test } from 'vitest';
import { CLEAN } from './clean.ts';
import { RULES } from './rules/index.ts';
import { readTree, type Tree } from './tree.ts';

const tree = readTree();

function planted(files: Record<string, string>): Tree {
  return new Map(Object.entries({ ...CLEAN, ...files }));
}

describe.each(RULES)('$name', ({ check, plants }) => {
  test('here', () => {
    const { faults, seen } = check(tree);
    expect(faults).toEqual([]);
    expect(seen).toBeGreaterThan(0);
  });

  test('in a clean project', () => {
    const { faults, seen } = check(planted({}));
    expect(faults).toEqual([]);
    expect(seen).toBeGreaterThan(0);
  });

  test.each(plants)('sees: $what', ({ files, fault }) => {
    expect(check(planted(files)).faults).toContainEqual(expect.stringMatching(fault));
  });
});

test('every rule has a planted violation', () => {
  expect(RULES.filter(({ plants }) => plants.length === 0)).toEqual([]);
});
