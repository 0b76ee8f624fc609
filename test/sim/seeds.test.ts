/**
 * Fixed seeds, each in two processes: every invariant holds, and both end with the same digest. Seeds that nobody has
 * played before are for `npm run sim -- --seeds N --from S`: what they find must not decide about somebody's change.
 */
import { expect, test } from 'vitest';
import { runSim } from './run-sim.ts';

const FIXED = 40;
const ARGS = [
  '--seeds',
  `${FIXED}`,
  '--hosts',
  '5',
  '--minutes',
  '1',
  '--jobs',
  '1',
  '--digests',
  '--no-shrink',
];

test(`${FIXED} fixed seeds hold every invariant, and end with the same digests in two processes`, async () => {
  const [one, two] = await Promise.all([runSim(...ARGS), runSim(...ARGS)]);
  const digests = (text: string): string[] => text.split('\n').filter((line) => /^\d+ \d+$/.test(line));
  expect(digests(one.stdout)).toHaveLength(FIXED);
  expect(digests(two.stdout)).toEqual(digests(one.stdout));
  expect(one.stderr.split('\n').filter((line) => line.startsWith('seed '))).toEqual([]);
});
