/** Lines on a terminal that are drawn over each other while something takes its time. Silent elsewhere. */
import type { Io } from './context.ts';

export interface Progress<T> {
  show(items: readonly T[]): void;
  /** takes the lines away */
  clear(): void;
}

const UP_AND_ERASE = '\x1b[1A\x1b[2K';

export const createProgress = <T>(io: Io, line: (item: T) => string): Progress<T> => {
  let drawn = 0;
  let last = '';
  const clear = (): void => {
    if (drawn > 0) io.stderr.write(UP_AND_ERASE.repeat(drawn));
    drawn = 0;
  };
  const show = (items: readonly T[]): void => {
    const text = items.map((item) => `${line(item)}\n`).join('');
    if (!io.stderr.isTTY || text === last) return;
    clear();
    io.stderr.write(text);
    last = text;
    drawn = items.length;
  };
  return { show, clear };
};
