/** A thread of pool.ts: plays each seed that it is sent and answers with its result. */
import { parentPort, workerData } from 'node:worker_threads';
import type { PlanOptions } from './plan.ts';
import type { SeedResult } from './pool.ts';
import { judgeSeed } from './verdict.ts';
import { START_MS } from './world.ts';

const options: PlanOptions = workerData;

parentPort?.on('message', (seed: number) => {
  const { failures, outcome } = judgeSeed(seed, options);
  const result: SeedResult = {
    seed,
    failures,
    digest: outcome?.digest ?? 0,
    virtualMs: outcome ? outcome.mesh.world.now - START_MS : 0,
    counters: outcome?.counters ?? {},
  };
  parentPort?.postMessage(result);
});
