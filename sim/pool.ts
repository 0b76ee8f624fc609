/** Plays seeds on several threads. A thread that does not come back from its seed is ended, and the seed has failed. */
import { Worker } from 'node:worker_threads';
import type { PlanOptions } from './plan.ts';

/** What a thread answers: plain data. */
export interface SeedResult {
  seed: number;
  failures: string[];
  /** 0 when an exception ended the run */
  digest: number;
  virtualMs: number;
  /** how often each rare state was reached; those that were not may be missing */
  counters: Record<string, number>;
}

export interface PoolOptions {
  jobs: number;
  options: PlanOptions;
  /** of the wall clock, for one seed */
  seedLimitMs?: number;
  onResult(result: SeedResult): void;
}

const SEED_LIMIT_MS = 10 * 60_000;
const THREAD = new URL('./pool-thread.ts', import.meta.url);

/** Takes seeds as long as there are any; ends when the last one has been played. */
export async function playSeeds(seeds: Iterable<number>, pool: PoolOptions): Promise<void> {
  const queue = seeds[Symbol.iterator]();
  await Promise.all(Array.from({ length: pool.jobs }, () => runThread(queue, pool)));
}

async function runThread(queue: Iterator<number>, pool: PoolOptions): Promise<void> {
  let thread: Worker | null = null;
  for (let next = queue.next(); !next.done; next = queue.next()) {
    thread ??= new Worker(THREAD, { workerData: pool.options });
    const result = await playOn(thread, next.value, pool.seedLimitMs ?? SEED_LIMIT_MS);
    if (typeof result === 'string') {
      await thread.terminate();
      thread = null;
      pool.onResult({ seed: next.value, failures: [result], digest: 0, virtualMs: 0, counters: {} });
    } else pool.onResult(result);
  }
  await thread?.terminate();
}

/** The result, or in one line why there is none. */
function playOn(thread: Worker, seed: number, limitMs: number): Promise<SeedResult | string> {
  return new Promise((resolve) => {
    const finish = (result: SeedResult | string): void => {
      clearTimeout(timer);
      thread.off('message', finish).off('error', onError).off('exit', onExit);
      // an error that comes while the thread is being ended
      if (typeof result === 'string') thread.on('error', () => undefined);
      resolve(result);
    };
    const onError = (error: unknown): void =>
      finish(`exception: ${error instanceof Error ? error.message : String(error)}`);
    const onExit = (code: number): void => finish(`exception: the thread ended with code ${code}`);
    const timer = setTimeout(() => finish(`no end: still running after ${limitMs / 1000} s`), limitMs);
    thread.on('message', finish).on('error', onError).on('exit', onExit);
    thread.postMessage(seed);
  });
}
