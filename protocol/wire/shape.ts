/** Small checkers for untrusted plain data: each returns the value or throws a ShapeError naming the path. */
export class ShapeError extends Error {}

export type Check<T> = (value: unknown, path: string) => T;
type Checked<C> = C extends Check<infer T> ? T : never;

const bad = (path: string, expected: string): never => {
  throw new ShapeError(`${path || 'value'}: expected ${expected}`);
};

export const text =
  (max = 1024): Check<string> =>
  (value, path) =>
    typeof value === 'string' && value.length <= max ? value : bad(path, `text of at most ${max} characters`);

export const integer =
  (min = 0, max = Number.MAX_SAFE_INTEGER): Check<number> =>
  (value, path) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max
      ? value
      : bad(path, `an integer in ${min}..${max}`);

export const flag: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : bad(path, 'true or false');

export const bytes =
  (min: number, max: number): Check<Uint8Array> =>
  (value, path) =>
    value instanceof Uint8Array && value.length >= min && value.length <= max
      ? value
      : bad(path, `${min}..${max} bytes`);

export const oneOf =
  <T extends string | number>(...values: readonly T[]): Check<T> =>
  (value, path) =>
    values.find((candidate) => candidate === value) ?? bad(path, `one of ${values.join(', ')}`);

export const list =
  <T>(item: Check<T>, max = 1000): Check<T[]> =>
  (value, path) =>
    Array.isArray(value) && value.length <= max
      ? value.map((entry, i) => item(entry, `${path}[${i}]`))
      : bad(path, `a list of at most ${max}`);

export const pair =
  <A, B>(first: Check<A>, second: Check<B>): Check<[A, B]> =>
  (value, path) =>
    Array.isArray(value) && value.length === 2
      ? [first(value[0], `${path}[0]`), second(value[1], `${path}[1]`)]
      : bad(path, 'a pair');

export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, path) =>
    value === undefined || value === null ? undefined : check(value, path);

export const nullable =
  <T>(check: Check<T>): Check<T | null> =>
  (value, path) =>
    value === undefined || value === null ? null : check(value, path);

export const dictionary =
  <T>(item: Check<T>, max = 1000): Check<Record<string, T>> =>
  (value, path) => {
    const entries = Object.entries(plain(value, path));
    if (entries.length > max) bad(path, `at most ${max} keys`);
    return Object.fromEntries(entries.map(([key, entry]) => [key, item(entry, `${path}.${key}`)]));
  };

/** Known fields are checked; unknown ones are left out of the parsed body but stay in the signed bytes. */
export const object =
  <F extends Record<string, Check<unknown>>>(fields: F): Check<{ [K in keyof F]: Checked<F[K]> }> =>
  (value, path) => {
    const source = plain(value, path);
    const out: Record<string, unknown> = {};
    for (const key of Object.keys(fields))
      out[key] = fields[key]?.(source[key], path ? `${path}.${key}` : key);
    return out as { [K in keyof F]: Checked<F[K]> };
  };

/** Any plain object, as it is: for specifications, whose schema is Docker's. */
export function plain(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return bad(path, 'an object');
  }
  return value as Record<string, unknown>;
}
