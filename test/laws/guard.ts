/**
 * Takes clock, chance and timers away while the core runs: what no linter sees (an alias, a dependency) throws here.
 * Replaced are the globals themselves, so the caller must do nothing else meanwhile; everything is put back.
 */
const FORBIDDEN: [owner: object, name: string][] = [
  [globalThis, 'Date'],
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
];

export function withoutAmbient<T>(run: () => T): T {
  const before = FORBIDDEN.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, name] of FORBIDDEN) {
    const stub = function forbidden(): never {
      throw new Error(`the core used ${name}: time and chance come in as values only`);
    };
    Object.defineProperty(owner, name, {
      value: Object.assign(stub, { now: stub }),
      configurable: true,
      writable: true,
    });
  }
  try {
    return run();
  } finally {
    FORBIDDEN.forEach(([owner, name], i) => {
      const was = before[i];
      if (was) Object.defineProperty(owner, name, was);
      else Reflect.deleteProperty(owner, name);
    });
  }
}
