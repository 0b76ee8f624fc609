import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bug, readBugs } from '../../../sim/planted/bugs.ts';
import { applyPatch, copyTree, removeCopy } from '../../../sim/planted/copy.ts';
import { hunt } from '../../../sim/planted/hunt.ts';

/** Bugs that few seeds are enough for; `npm run sim:planted` hunts them all. */
const QUICK = [
  'confirmed-though-read-only',
  'dead-endpoint-answered',
  'failed-batch-sent',
  'memory-kept-after-failure',
];
const SEEDS = 12;

let clean = '';
beforeAll(() => {
  clean = copyTree();
});
afterAll(() => removeCopy(clean));

function plant(bug: Bug): string {
  const copy = copyTree();
  applyPatch(copy, bug.file);
  return copy;
}

describe('planted bugs', () => {
  it('are at least 30, of which 15 need two hosts and an ordering', () => {
    const bugs = readBugs();
    expect(bugs.length).toBeGreaterThanOrEqual(30);
    expect(bugs.filter(({ needsOrdering }) => needsOrdering).length).toBeGreaterThanOrEqual(15);
  });

  it('all apply to the present code', () => {
    for (const bug of readBugs()) removeCopy(plant(bug));
  }, 30_000);

  it.concurrent.each(readBugs(QUICK))(
    '$name is caught: $breaks',
    async (bug) => {
      const copy = plant(bug);
      try {
        expect((await hunt(copy, clean, 0, SEEDS)).caught).not.toBeNull();
      } finally {
        removeCopy(copy);
      }
    },
    120_000,
  );
});
