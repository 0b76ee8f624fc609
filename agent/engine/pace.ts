/** Node's timers run 24 days at most; a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Resolves after `ms`, or at once when `signal` aborts: the caller looks at the signal afterwards. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(ms, LONGEST_TIMER_MS));
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** Delays that double from first to ceiling, with up to a quarter of jitter so that hosts do not knock in step. */
export function backOff(firstMs: number, ceilingMs: number): { next(): number; reset(): void } {
  let current = firstMs;
  return {
    next() {
      const ms = current;
      current = Math.min(current * 2, ceilingMs);
      return ms * (1 - Math.random() / 4);
    },
    reset() {
      current = firstMs;
    },
  };
}

/** True when `promise` settled before `ms` were over. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  const late = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const result = await Promise.race([settled, delay(ms, late.signal).then(() => false)]);
  late.abort();
  return result;
}
