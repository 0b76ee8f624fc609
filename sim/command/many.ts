/** Many seeds in brief, on several threads: which of them fail, and how fast it went. */
import { RARE } from '../counters.ts';
import type { PlanOptions } from '../plan.ts';
import { playSeeds, type SeedResult } from '../pool.ts';
import { invariantOf, judgeSeed } from '../verdict.ts';
import { createProgress } from './progress.ts';
import { say } from './show.ts';
import { shrinkAndKeep } from './small.ts';

export interface Many {
  from: number;
  /** null: until the time is over */
  seeds: number | null;
  /** of the wall clock; null: as long as it takes */
  minutes: number | null;
  jobs: number;
  options: PlanOptions;
  digests: boolean;
  shrinks: boolean;
  /** a rare state that no seed reached is a failure: nothing was proved of it */
  needsAllCounters: boolean;
}

/** So many failing invariants are shrunk by themselves, one seed of each. */
const SHRUNK = 3;

/** True: no seed failed. */
export async function runMany(many: Many): Promise<boolean> {
  const since = performance.now();
  const results: SeedResult[] = [];
  const progress = createProgress(many.seeds, many.minutes);
  const onResult = (result: SeedResult): void => {
    results.push(result);
    if (many.digests) say(`${result.seed} ${result.digest}`);
    if (result.failures.length > 0) progress.above(`seed ${result.seed}: ${result.failures[0]}`);
    const failing = results.filter(({ failures }) => failures.length > 0).length;
    progress.show(results.length, failing, performance.now() - since);
  };
  await playSeeds(seedsOf(many, since), { jobs: many.jobs, options: many.options, onResult });
  progress.end();
  const bad = results.filter(({ failures }) => failures.length > 0).sort((a, b) => a.seed - b.seed);
  summarise(results, bad, performance.now() - since);
  const missing = many.needsAllCounters ? tellCounters(results) : [];
  if (many.shrinks) shrinkSome(bad, many.options);
  return bad.length === 0 && missing.length === 0;
}

function* seedsOf({ from, seeds, minutes }: Many, since: number): Generator<number> {
  const isOver = (): boolean => minutes !== null && performance.now() - since > minutes * 60_000;
  for (let i = 0; (seeds === null || i < seeds) && !isOver(); i++) yield from + i;
}

function summarise(results: SeedResult[], bad: SeedResult[], ms: number): void {
  const virtualMs = results.reduce((sum, result) => sum + result.virtualMs, 0);
  const perHour = Math.round((results.length / ms) * 3_600_000);
  say(
    `${results.length} seeds, ${bad.length} failing; ${Math.round(virtualMs / 60_000)} virtual minutes in ${Math.round(ms / 1000)} s: ` +
      `${perHour} seeds an hour, ${Math.round(virtualMs / ms)} times real time`,
  );
  for (const [invariant, found] of Map.groupBy(bad, ({ failures }) => invariantOf(failures[0] ?? '')))
    say(
      `FAILING ${invariant}: ${found.length === 1 ? 'seed' : 'seeds'} ${found.map(({ seed }) => seed).join(' ')}`,
    );
}

/** Prints how often each rare state was reached; returns those that never were. */
function tellCounters(results: SeedResult[]): string[] {
  const sums = new Map(RARE.map((name) => [name, 0]));
  for (const { counters } of results)
    for (const [name, count] of Object.entries(counters)) sums.set(name, (sums.get(name) ?? 0) + count);
  for (const [name, sum] of [...sums].sort()) say(`${String(sum).padStart(9)}  ${name}`);
  const never = [...sums].filter(([, sum]) => sum === 0).map(([name]) => name);
  if (never.length > 0) say(`NEVER REACHED: ${never.join(', ')}`);
  return never;
}

function shrinkSome(bad: SeedResult[], options: PlanOptions): void {
  const firsts = [...Map.groupBy(bad, ({ failures }) => invariantOf(failures[0] ?? '')).values()].map(
    ([one]) => one,
  );
  for (const result of firsts.slice(0, SHRUNK)) {
    if (!result || result.failures[0]?.startsWith('no end')) continue;
    say(`\nseed ${result.seed}`);
    shrinkAndKeep(judgeSeed(result.seed, options));
  }
}
