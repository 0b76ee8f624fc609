/** Keeps one worker thread running: a dead one is replaced at once. */
import type { Worker } from 'node:worker_threads';

/** one that died younger than this is replaced after a growing pause, so that a crash loop leaves CPU and log alone */
const YOUNG_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface Supervised {
  /** the running worker, or the last one until its successor is spawned */
  worker(): Worker;
  close(): Promise<void>;
}

/** `died` gets the reason in a few words, before the replacement is spawned. */
export function supervise(spawn: () => Worker, died: (reason: string) => void): Supervised {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let pauseMs = 0;
  const start = (): Worker => {
    const startedAt = performance.now();
    let reason = '';
    const started = spawn();
    started.on('error', (error: Error) => {
      reason = error.message;
    });
    started.on('exit', (code) => {
      if (closed) return;
      died(reason === '' ? `exit code ${code}` : reason);
      const isYoung = performance.now() - startedAt < YOUNG_MS;
      pauseMs = isYoung ? Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2)) : 0;
      timer = setTimeout(() => {
        if (!closed) worker = start();
      }, pauseMs).unref();
    });
    return started;
  };
  let worker = start();
  return {
    worker: () => worker,
    async close() {
      closed = true;
      clearTimeout(timer);
      await worker.terminate();
    },
  };
}
