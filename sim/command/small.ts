/** Shrinks a failing run and keeps the result in the bank of seeds that once failed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Recording } from '../event.ts';
import { scriptText } from '../script-file.ts';
import { shrink } from '../shrink.ts';
import { invariantOf, invariantsOf, judgeRecording, type Verdict } from '../verdict.ts';
import { say } from './show.ts';

export const BANK = join(import.meta.dirname, '../../test/script/seeds');
const LIMIT_MS = 3 * 60_000;

export interface Small {
  recording: Recording;
  file: string;
}

/** Null: there is nothing to shrink, since nothing was recorded or the recording does not fail. */
export function shrinkAndKeep({ failures, outcome }: Verdict): Small | null {
  const [first] = failures;
  if (first === undefined) return null;
  if (!outcome) {
    say('shrink    nothing was recorded before the exception');
    return null;
  }
  return shrinkTo(outcome.recording, invariantOf(first));
}

function shrinkTo(whole: Recording, invariant: string): Small | null {
  const fails = (recording: Recording): boolean =>
    invariantsOf(judgeRecording(recording).failures).includes(invariant);
  if (!fails(whole)) {
    say(`shrink    played from its events alone, the run does not break '${invariant}' any more`);
    return null;
  }
  say(`shrink    ${whole.events.length} events on ${whole.options.hosts} hosts break '${invariant}'`);
  const since = performance.now();
  const isOver = (): boolean => performance.now() - since > LIMIT_MS;
  const { recording, runs, isDone } = shrink(whole, {
    stillFails: fails,
    isOver,
    say: (line) => say(`  ${line}`),
  });
  const seconds = Math.round((performance.now() - since) / 1000);
  const rest = isDone ? '' : `; stopped after ${LIMIT_MS / 60_000} minutes, \`shrink FILE\` goes on`;
  say(`shrink    ${recording.events.length} events left after ${runs} runs in ${seconds} s${rest}`);
  const file = keep(recording, invariant);
  say(`kept      ${relative(process.cwd(), file)}`);
  return { recording, file };
}

function keep(recording: Recording, invariant: string): string {
  const found =
    judgeRecording(recording).failures.find((line) => invariantOf(line) === invariant) ?? invariant;
  const name = `${invariant.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${recording.options.seed}`;
  mkdirSync(BANK, { recursive: true });
  const file = join(BANK, `${name}.json`);
  writeFileSync(file, scriptText({ invariant, found, recording }));
  return file;
}
