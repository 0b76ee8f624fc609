import { describe, expect, test } from 'vitest';
import { replay } from './replay.ts';
import { search, setUpSpin } from './spin.ts';

const LONG = process.env.SHOAL_MODEL === 'long';
const why = await setUpSpin();
const HELD = ['HELD', 'SUSPICIONS=1', 'CRASHES=0'];
const ODD = ['SUSPICIONS=1', 'CRASHES=0', 'ODD', 'PORT'];
const CRASH = ['HELD', 'SUSPICIONS=1', 'CRASHES=1'];

const WHOLE = [
  { name: 'an open slot, no fault', switches: ['SUSPICIONS=0', 'CRASHES=0'] },
  { name: 'two false suspicions', switches: ['HELD', 'SUSPICIONS=2', 'CRASHES=0'] },
  {
    name: 'a false suspicion, slow and unreachable hosts',
    switches: ['HELD', 'SUSPICIONS=1', 'CRASHES=0', 'ODD', 'PORT'],
  },
];
const LARGER = [
  { name: 'an open slot and a false suspicion', switches: ['SUSPICIONS=1', 'CRASHES=0'] },
  { name: 'a power cut', switches: ['HELD', 'SUSPICIONS=0', 'CRASHES=1'] },
  { name: 'a suspicion and a death', switches: ['HELD', 'SUSPICIONS=1', 'CRASHES=0', 'DEATHS=1'] },
];

/** Each rule taken away, and a promise that must break without it. */
const MISSING = [
  { rule: 'TERM', switches: HELD, breaks: 'original', isReplayed: true },
  { rule: 'RAISED_TERM', switches: HELD, breaks: 'settles', isReplayed: false },
  { rule: 'BOOT_IDS', switches: CRASH, breaks: 'served', isReplayed: true },
  { rule: 'RESPECT', switches: HELD, breaks: 'alone', isReplayed: false },
  { rule: 'STOPPING', switches: HELD, breaks: 'one', isReplayed: true },
  { rule: 'KEPT_ROWS', switches: HELD, breaks: 'original', isReplayed: true },
  { rule: 'VOIDING', switches: ['SUSPICIONS=1', 'CRASHES=0'], breaks: 'original', isReplayed: false },
  { rule: 'HEALTH', switches: ODD, breaks: 'served', isReplayed: false },
  { rule: 'REACHING', switches: ODD, breaks: 'served', isReplayed: false },
];

describe.skipIf(why !== null)(
  why === null ? 'the auction, checked in all orders' : `left out: ${why}`,
  () => {
    const trails = new Map<string, string[]>();

    test.each(LONG ? [...WHOLE, ...LARGER] : WHOLE)(
      'keeps its promises: $name',
      { timeout: 600_000 },
      async (bound) => {
        const found = await search(bound.switches);
        expect(found).toMatchObject({ broken: null, steps: [] });
        expect(found.states).toBeGreaterThan(100);
      },
    );

    test.each(MISSING)(
      'without $rule the promise "$breaks" breaks',
      { timeout: 120_000 },
      async (missing) => {
        const found = await search([...missing.switches, `WITHOUT_${missing.rule}`], 'breadth');
        expect(found.broken).toBe(missing.breaks);
        expect(found.steps.length).toBeGreaterThan(0);
        trails.set(missing.rule, found.steps);
      },
    );

    test.each(MISSING.filter(({ isReplayed }) => isReplayed))(
      'the core does right where the model without $rule does wrong',
      { timeout: 120_000 },
      ({ rule }) => {
        const trail = trails.get(rule);
        if (!trail) throw new Error(`there is no trail without ${rule}: the search before has failed`);
        const { original, holders, longestGapMs } = replay(trail, rule !== 'BOOT_IDS');
        expect(holders).toHaveLength(1);
        if (!trail.some((step) => step.startsWith('crash'))) expect(holders).toEqual([original]);
        expect(longestGapMs).toBeLessThan(trail.some((step) => step.startsWith('crash')) ? 30_000 : 50);
      },
    );
  },
);
