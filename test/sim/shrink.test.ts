import { expect, test } from 'vitest';
import type { Recording, SimEvent } from '../../sim/event.ts';
import { planOf } from '../../sim/plan.ts';
import { record, replay } from '../../sim/run.ts';
import { shrink } from '../../sim/shrink.ts';
import { printTimeline } from '../../sim/timeline.ts';
import { replayWatched } from '../../sim/watched.ts';

const event = (i: number): SimEvent => ({
  atMs: 5_000 + i * 100,
  what: ['power', 'scale', 'die'][i % 3] ?? '',
  args: { host: `h${1 + (i % 4)}`, number: i },
});

test('what needs two events on two hosts is shrunk to them', () => {
  const options = { ...planOf(1, { hosts: 4 }), loss: 0.1, rest: ['h4'], chaosMs: 60_000 };
  const whole: Recording = { options, events: Array.from({ length: 60 }, (_, i) => event(i)) };
  const numbers = (recording: Recording): unknown[] => recording.events.map(({ args }) => args.number);
  const { recording, isDone } = shrink(whole, {
    stillFails: (candidate) => [24, 37].every((number) => numbers(candidate).includes(number)),
    isOver: () => false,
    say: () => undefined,
  });
  expect(isDone).toBe(true);
  expect(numbers(recording)).toEqual([24, 37]);
  expect(recording.options).toMatchObject({ hosts: 2, loss: 0, rest: [] });
  expect(recording.options.chaosMs).toBeLessThan(6_000);
});

test('a run under watch is the same run, and its timeline has a column for each host', () => {
  const recording = record(3, { hosts: 3, chaosMs: 20_000 });
  const { timeline, verdict } = replayWatched(recording, { messages: true });
  expect(verdict.outcome?.digest).toBe(replay(recording).digest);
  expect(timeline.hosts.slice(0, 3)).toEqual(['h1', 'h2', 'h3']);
  expect(printTimeline(timeline).filter((line) => /sees h2 alive/.test(line)).length).toBeGreaterThan(1);
});
