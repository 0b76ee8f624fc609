/** One run for a person: options, phases, result, timeline, and the page. */
import { writeFileSync } from 'node:fs';
import type { Recording } from '../event.ts';
import { pageOf } from '../html.ts';
import type { Plan } from '../plan.ts';
import { printTimeline } from '../timeline.ts';
import { invariantsOf, type Verdict } from '../verdict.ts';
import { replayWatched } from '../watched.ts';
import { START_MS } from '../world.ts';
import type { Common } from './arguments.ts';

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

const WIDTH = 120;

export function showOptions(plan: Plan): void {
  say('options');
  for (const [name, value] of Object.entries(plan))
    say(`  ${name.padEnd(16)} ${Array.isArray(value) ? value.join(', ') || 'none' : String(value)}`);
}

export function showResult({ failures, outcome }: Verdict): void {
  if (outcome) {
    const { plan, mesh, settledMs, digest, recording } = outcome;
    const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
    say(`safety    ${seconds(plan.chaosMs)} of faults, ${recording.events.length} events`);
    say(
      `liveness  ${failures.length > 0 ? 'not' : ''} settled after ${seconds(settledMs)}; in all ${seconds(mesh.world.now - START_MS)}`.replace(
        '  settled',
        '  settled',
      ),
    );
    say(`digest    ${digest}`);
  }
  if (failures.length === 0) return say('result    every invariant holds');
  say(`result    BROKEN: ${invariantsOf(failures).join(', ')}`);
  for (const failure of failures) say(`pending   ${failure}`);
}

/** Plays the recording once more under watch; prints its timeline, and writes its page if that is asked for. */
export function showTimeline(recording: Recording, title: string, { html, verbose }: Common): Verdict {
  const { timeline, verdict } = replayWatched(recording, { messages: verbose });
  say('');
  for (const line of printTimeline(timeline, process.stdout.columns ?? WIDTH)) say(line);
  say('');
  if (html === null) return verdict;
  const broken = invariantsOf(verdict.failures);
  const page = pageOf(timeline, {
    title,
    result: broken.length > 0 ? `broken: ${broken.join(', ')}` : 'every invariant holds',
    isBad: broken.length > 0,
    failures: verdict.failures,
    options: { ...recording.options },
  });
  writeFileSync(html, page);
  say(`page      ${html}`);
  return verdict;
}
