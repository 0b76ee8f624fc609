/** Go's notation of durations (`1m30s`, `1.5h`, `500ms`), as in compose files and in Docker's own flags. */

const UNIT_NANOS = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);

const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/y;

/** Nanoseconds as a whole number, or undefined when `text` is no duration. `0` alone needs no unit. */
export const parseNanos = (text: string): number | undefined => {
  if (text === '0') return 0;
  let nanos = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text);
    if (!part) return undefined;
    nanos += Number(part[1]) * UNIT_NANOS.get(part[2]!)!;
  }
  return text === '' || !Number.isSafeInteger(Math.round(nanos)) ? undefined : Math.round(nanos);
};

/** Milliseconds; for flags, where days (`7d`) are handy too. */
export const parseMillis = (text: string): number | undefined => {
  const days = /^(\d+)d$/.exec(text);
  if (days) return Number(days[1]) * 86_400_000;
  const nanos = parseNanos(text);
  return nanos === undefined ? undefined : Math.round(nanos / 1e6);
};
