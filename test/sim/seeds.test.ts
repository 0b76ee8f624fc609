/**
 * Seeds: 60 fixed ones in two processes, whose digests must agree, and 200 that nobody has played before. The virtual
 * minutes of the fresh ones are what fits in this machine's share of six minutes, at most 30: the output says how many.
 */
import { expect, test } from 'vitest';
import { runSim } from './run-sim.ts';

const FIXED = 60;
const FRESH = 200;
const HOSTS = 5;
const JOBS = 2;
const MOST_MINUTES = 30;
/** of the wall clock, for the fresh seeds */
const FRESH_MS = 4 * 60_000;
/** A run mends, settles and rests after its faults. */
const AFTERWARDS_MINUTES = 0.5;

/** Wall ms that one virtual minute took on one thread, as the fixed seeds showed it. */
let msPerMinute = 0;

test(`${FIXED} fixed seeds hold every invariant, and end with the same digests in two processes`, async () => {
  const since = performance.now();
  const args = ['--seeds', `${FIXED}`, '--jobs', '1', '--digests', '--no-shrink'];
  const [one, two] = await Promise.all([runSim(...args), runSim(...args)]);
  const minutes = Number(/(\d+) virtual minutes/.exec(one.stdout)?.[1]);
  msPerMinute = (performance.now() - since) / Math.max(1, minutes);
  const digests = (text: string): string[] => text.split('\n').filter((line) => /^\d+ \d+$/.test(line));
  expect(digests(one.stdout)).toHaveLength(FIXED);
  expect(digests(two.stdout)).toEqual(digests(one.stdout));
  expect(one.stderr.split('\n').filter((line) => line.startsWith('seed '))).toEqual([]);
});

test(`${FRESH} fresh seeds of ${HOSTS} hosts hold every invariant`, async () => {
  const from = Number(process.env.SIM_FROM ?? Math.floor(Date.now() / 1000));
  const perSeed = (FRESH_MS * JOBS) / FRESH / (msPerMinute || 1_000) - AFTERWARDS_MINUTES;
  const minutes = Math.max(0.5, Math.min(MOST_MINUTES, Math.round(perSeed * 10) / 10));
  const scaled = minutes < MOST_MINUTES ? ` (${MOST_MINUTES} would take too long here)` : '';
  console.log(
    `${FRESH} fresh seeds from ${from} (SIM_FROM=${from} plays them again), ${minutes} virtual minutes each${scaled}`,
  );
  const args = ['--seeds', `${FRESH}`, '--from', `${from}`, '--hosts', `${HOSTS}`, '--minutes', `${minutes}`];
  const { code, stdout, stderr } = await runSim(...args, '--jobs', `${JOBS}`, '--no-shrink');
  console.log(stdout);
  expect(
    `${code} ${stderr
      .split('\n')
      .filter((line) => line.startsWith('seed '))
      .join('\n')}`,
  ).toBe('0 ');
});
