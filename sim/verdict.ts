/** What is wrong with a run, one line for each fault; a fault's invariant is what stands before its first colon. */
import type { Recording } from './event.ts';
import type { PlanOptions } from './plan.ts';
import { type Outcome, play, replay } from './run.ts';

export interface Verdict {
  /** empty: every invariant holds and nothing moves any more */
  failures: string[];
  /** null: the run ended by an exception */
  outcome: Outcome | null;
}

export const judgeSeed = (seed: number, options: PlanOptions): Verdict => judge(() => play(seed, options));
export const judgeRecording = (recording: Recording): Verdict => judge(() => replay(recording));

export function judge(run: () => Outcome): Verdict {
  try {
    const outcome = run();
    const restless = outcome.restless.map((what) => `quiet at rest: ${what} still left`);
    return { failures: [...outcome.faults, ...restless], outcome };
  } catch (error) {
    const [line] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { failures: [`exception: ${line}`], outcome: null };
  }
}

export const invariantOf = (failure: string): string => failure.slice(0, `${failure}:`.indexOf(':'));

export const invariantsOf = (failures: readonly string[]): string[] => [
  ...new Set(failures.map(invariantOf)),
];
