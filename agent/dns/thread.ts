/** One DNS thread as the main thread sees it: loaded at once, serving when told to. */
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts';

export interface DnsThread {
  /** Once, first of all. Resolves when every address is bound or has failed; rejects when the thread ends before. */
  serve(settings: WorkerSettings): Promise<FromWorker>;
  tell(message: ToWorker): void;
  end(): Promise<unknown>;
}

/** ended: called once, with what was thrown in the thread if anything was, and its age. */
export function startThread(ended: (thread: DnsThread, cause: string, ageMs: number) => void): DnsThread {
  const startMs = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<FromWorker>();
  // nobody waits for a spare one that dies
  promise.catch(() => {});
  const worker = new Worker(new URL('./worker.ts', import.meta.url));
  const thread: DnsThread = {
    serve(settings) {
      worker.postMessage(settings);
      return promise;
    },
    tell: (message) => worker.postMessage(message),
    end: () => worker.terminate(),
  };
  let cause = 'no error was given';
  worker.on('message', resolve);
  worker.on('error', (error) => {
    cause = String(error);
  });
  worker.on('exit', () => {
    reject(new Error(`the DNS thread ended before it served: ${cause}`));
    ended(thread, cause, performance.now() - startMs);
  });
  return thread;
}
