/** Waiting for conditions, with a deadline and with an end at any time. */
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Calls `look` until it answers something, which is the result. Throws after `deadlineMs`, naming `what` and what
 * `look` threw last; throws at once when `signal` ends the run.
 */
export const until = async <T>(
  what: string,
  deadlineMs: number,
  signal: AbortSignal,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> => {
  const deadline = performance.now() + deadlineMs;
  let reason = '';
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    try {
      const found = await look();
      if (found !== undefined) return found;
      reason = '';
    } catch (error) {
      reason = `: ${textOf(error)}`;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new Error(`waited ${deadlineMs / 1000} s in vain until ${what}${reason}`);
};
