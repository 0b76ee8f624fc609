/** One run: a seed, a recording, or what shrinking leaves of one. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Recording } from '../event.ts';
import { planOf } from '../plan.ts';
import { readScript } from '../script-file.ts';
import { judgeRecording, judgeSeed, type Verdict } from '../verdict.ts';
import { type Common, UsageError } from './arguments.ts';
import { showOptions, showResult, showTimeline } from './show.ts';
import { BANK, shrinkAndKeep } from './small.ts';

/** True: every invariant holds. */
export function runSeed(seed: number, common: Common): boolean {
  showOptions(planOf(seed, common.options));
  const verdict = judgeSeed(seed, common.options);
  return conclude(verdict, `Seed ${seed}`, common);
}

export function runFile(file: string, common: Common): boolean {
  const { recording } = read(file);
  showOptions(recording.options);
  return conclude(judgeRecording(recording), basename(file, '.json'), { ...common, shrinks: false });
}

export function runShrink(target: string, common: Common): boolean {
  const isSeed = /^\d+$/.test(target);
  const recording = isSeed ? null : read(target).recording;
  showOptions(recording?.options ?? planOf(Number(target), common.options));
  const verdict = recording ? judgeRecording(recording) : judgeSeed(Number(target), common.options);
  return conclude(verdict, isSeed ? `Seed ${target}` : basename(target, '.json'), {
    ...common,
    shrinks: true,
  });
}

export function runScenario(name: string, common: Common): boolean {
  const file = join(BANK, `${name}.json`);
  if (existsSync(file)) return runFile(file, common);
  const known = existsSync(BANK) ? readdirSync(BANK).map((path) => basename(path, '.json')) : [];
  throw new UsageError(`--scenario: there is no '${name}'; choose among ${known.join(', ') || 'none yet'}`);
}

function read(file: string): { recording: Recording } {
  try {
    return readScript(file);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function conclude(verdict: Verdict, title: string, common: Common): boolean {
  showResult(verdict);
  const small = common.shrinks ? shrinkAndKeep(verdict) : null;
  const recording = small?.recording ?? verdict.outcome?.recording;
  if (recording) showTimeline(recording, small ? `${title}, shrunk` : title, common);
  if (small) showResult(judgeRecording(small.recording));
  return verdict.failures.length === 0;
}
