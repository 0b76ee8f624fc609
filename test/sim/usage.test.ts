import { expect, test } from 'vitest';
import { parseRequest, UsageError } from '../../sim/command/arguments.ts';
import { runSim } from './run-sim.ts';

test.each([
  ['--foo', /Unknown option '--foo'/],
  ['--seeds x', /--seeds: 'x' is no whole number/],
  ['3 --jobs 2', /--jobs goes with --seeds or --long/],
  ['replay', /replay needs a FILE/],
  ['3 4', /'4' is one word too many/],
  ['abc', /SEED: 'abc'/],
  ['--seeds 3 --long', /choose one of/],
  ['replay a.json --hosts 3', /--hosts is fixed by the recording/],
])('%s is refused', (line, message) => {
  expect(() => parseRequest(line.split(' '))).toThrow(UsageError);
  expect(() => parseRequest(line.split(' '))).toThrow(message);
});

test('--long takes an hour unless it is told', () => {
  expect(parseRequest(['--long'])).toMatchObject({ do: 'long', minutes: 60, jobs: 2 });
  expect(parseRequest(['--long', '5', '--hosts', '3'])).toMatchObject({ minutes: 5, options: { hosts: 3 } });
});

test('a wrong call ends with code 2, one run with its options first', async () => {
  expect(await runSim('--foo')).toMatchObject({ code: 2, stdout: '' });
  const { stdout } = await runSim('3', '--hosts', '2', '--minutes', '0.2', '--no-shrink');
  expect(stdout).toMatch(/^options\n {2}seed +3\n {2}hosts +2\n/);
});
