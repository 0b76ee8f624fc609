/**
 * The core is a function of its inputs. Whole simulated meshes are played, faults included, each step of every core
 * recorded under a guard that takes clock and chance away; then each core is fed its inputs again and must do the same.
 */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type * as Agent from '../../protocol/agent.ts';
import type { Effect } from '../../protocol/effect.ts';
import type { Input } from '../../protocol/input.ts';
import type { State } from '../../protocol/state.ts';
import { withoutAmbient } from '../../sim/guard.ts';
import { play } from '../../sim/run.ts';

interface Recording {
  start: Parameters<typeof Agent.createAgent>;
  steps: { input: Input; effects: string }[];
}

/** JSON leaves out or confuses what is not plain. */
const exact = vi.hoisted(() => (_key: string, value: unknown): unknown => {
  if (ArrayBuffer.isView(value))
    return {
      [value.constructor.name]: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'),
    };
  if (value instanceof Map || value instanceof Set) return { [value.constructor.name]: [...value] };
  return value === undefined || typeof value === 'number' ? { [typeof value]: String(value) } : value;
});

const recordings = vi.hoisted((): Map<State, Recording> => new Map());
/** What steps threw: the loop survives it, this test does not. */
const failures = vi.hoisted((): unknown[] => []);

vi.mock('../../protocol/agent.ts', async (original) => {
  const actual = await original<typeof Agent>();
  return {
    ...actual,
    createAgent: (...start: Parameters<typeof Agent.createAgent>): State => {
      const [config, restored, crypto] = start;
      const kept: Recording['start'] = [structuredClone(config), structuredClone(restored), crypto];
      const state = withoutAmbient(() => actual.createAgent(...start), 'none');
      recordings.set(state, { start: kept, steps: [] });
      return state;
    },
    step: (state: State, input: Input): Effect[] => {
      const kept = structuredClone(input);
      const effects = withoutAmbient(() => noted(() => actual.step(state, input)), 'none');
      recordings.get(state)?.steps.push({ input: kept, effects: JSON.stringify(effects, exact) });
      return effects;
    },
  };
});

function noted<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    failures.push(error);
    throw error;
  }
}

const { createAgent, step } = await vi.importActual<typeof Agent>('../../protocol/agent.ts');

/** Where a core that is fed a recording's inputs first does something else; null: nowhere. */
function firstDifference({ start, steps }: Recording, stepAgain = step): string | null {
  const state = withoutAmbient(() => createAgent(...start), 'none');
  for (const [i, { input, effects }] of steps.entries()) {
    const again = withoutAmbient(() => stepAgain(state, structuredClone(input)), 'none');
    if (JSON.stringify(again, exact) !== effects)
      return `step ${i} of ${steps.length}: ${input.kind} at ${input.now}`;
  }
  return null;
}

beforeEach(() => {
  recordings.clear();
  failures.splice(0);
});

/** Small meshes with many faults: power, partitions, full disks, frozen and stalled agents, dying containers. */
const SEEDS = [3, 23, 36];

test.each(SEEDS)('every core of simulated mesh %i does the same again', (seed) => {
  play(seed, { chaosMs: 30_000 });
  expect(failures).toEqual([]);
  expect(recordings.size).toBeGreaterThan(1);
  const steps = [...recordings.values()].reduce((sum, recording) => sum + recording.steps.length, 0);
  expect(steps).toBeGreaterThan(400);
  expect([...recordings.values()].map((recording) => firstDifference(recording))).toEqual(
    [...recordings].map(() => null),
  );
});

test('a whole simulated mesh ends the same again', () => {
  const ends = [1, 2].map(() => {
    const { digest, settledMs, timeline } = play(SEEDS[0]!);
    return { digest, settledMs, timeline };
  });
  expect(ends[0]).toEqual(ends[1]);
});

test('a core that remembers anything outside its state is caught', () => {
  play(SEEDS[0]!);
  let count = 0;
  const forgetful: typeof step = (state, input) => {
    const effects = step(state, input);
    return ++count > 100 ? effects.slice(1) : effects;
  };
  expect([...recordings.values()].map((recording) => firstDifference(recording, forgetful))).toContainEqual(
    expect.stringMatching(/^step \d+ of/),
  );
});

describe('the guard', () => {
  test.each<[string, () => unknown]>([
    ['Date', () => Date.now()],
    ['Date', () => new Date()],
    ['random', () => Math.random()],
    ['now', () => performance.now()],
    ['setTimeout', () => setTimeout(() => undefined, 0)],
    ['queueMicrotask', () => queueMicrotask(() => undefined)],
    ['randomUUID', () => crypto.randomUUID()],
  ])('throws at %s (%#)', (name, use) => {
    expect(() => withoutAmbient(use, 'none')).toThrow(`a run used ${name}`);
  });

  test('puts everything back, after an exception too', () => {
    const before = [Date, Math.random, performance.now, setTimeout, queueMicrotask, process.hrtime];
    expect(() => withoutAmbient(() => new Date(), 'none')).toThrow();
    expect([Date, Math.random, performance.now, setTimeout, queueMicrotask, process.hrtime]).toEqual(before);
    expect(crypto.randomUUID()).toMatch(/^[0-9a-f-]{36}$/);
  });
});
