/**
 * Takes clock, chance and timers away while a run goes on: what no linter sees (an alias, a dependency) throws here.
 * Replaced are the globals themselves; everything is put back.
 */
type Forbidden = [owner: object, name: string, instead: unknown];

function forbid(name: string): () => never {
  return function forbidden(): never {
    throw new Error(`a run used ${name}: time and chance come in as values only`);
  };
}

/** Dates of given moments are values like any other. */
const GIVEN_DATES_ONLY = new Proxy(Date, {
  apply: forbid('Date'),
  construct: (target, args) => (args.length > 0 ? Reflect.construct(target, args) : forbid('new Date()')()),
  get: (target, name) => (name === 'now' ? forbid('Date.now') : Reflect.get(target, name)),
});

const NO_DATES = Object.assign(forbid('Date'), { now: forbid('Date.now') });

const FORBIDDEN: Forbidden[] = [
  ...(
    [
      [Math, 'random'],
      [performance, 'now'],
      [globalThis, 'setTimeout'],
      [globalThis, 'setInterval'],
      [globalThis, 'setImmediate'],
      [globalThis, 'queueMicrotask'],
      [process, 'nextTick'],
      [process, 'hrtime'],
      [globalThis, 'fetch'],
      [crypto, 'randomUUID'],
      [crypto, 'getRandomValues'],
    ] satisfies [object, string][]
  ).map(([owner, name]): Forbidden => [owner, name, forbid(name)]),
];

/** `dates`: whether a `Date` of a given moment may be made meanwhile; a step of the core needs none at all. */
export function withoutAmbient<T>(run: () => T, dates: 'given' | 'none' = 'given'): T {
  const forbidden: Forbidden[] = [
    [globalThis, 'Date', dates === 'given' ? GIVEN_DATES_ONLY : NO_DATES],
    ...FORBIDDEN,
  ];
  const before = forbidden.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, name, value] of forbidden)
    Object.defineProperty(owner, name, { value, configurable: true, writable: true });
  try {
    return run();
  } finally {
    forbidden.forEach(([owner, name], i) => {
      const was = before[i];
      if (was) Object.defineProperty(owner, name, was);
      else Reflect.deleteProperty(owner, name);
    });
  }
}
