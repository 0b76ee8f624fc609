import type { Engine } from '../../agent/engine/engine.ts';
import type { EngineEvent, ObservedContainer } from '../../protocol/engine.ts';

/** Collects what an engine reports, and waits for it with a deadline. */
export interface Recorder {
  events: EngineEvent[];
  /** the first event from `from` on that fits; fails with what came instead */
  until<E extends EngineEvent>(
    what: string,
    fits: (event: EngineEvent) => event is E,
    options?: { from?: number; ms?: number },
  ): Promise<E>;
  /** place for `from`: only what comes from now on */
  mark(): number;
}

export function record(engine: Engine): Recorder {
  const events: EngineEvent[] = [];
  let waiting: (() => void)[] = [];
  engine.start((event) => {
    events.push(event);
    const awake = waiting;
    waiting = [];
    for (const wake of awake) wake();
  });

  async function until<E extends EngineEvent>(
    what: string,
    fits: (event: EngineEvent) => event is E,
    { from = 0, ms = 15_000 }: { from?: number; ms?: number } = {},
  ): Promise<E> {
    const deadline = performance.now() + ms;
    for (;;) {
      const found = events.slice(from).find(fits);
      if (found) return found;
      const left = deadline - performance.now();
      if (left <= 0)
        throw new Error(`no ${what} in ${ms} ms; there came ${JSON.stringify(events.slice(from))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  return { events, until, mark: () => events.length };
}

type Of<K extends EngineEvent['event']> = Extract<EngineEvent, { event: K }>;

export const isUp = (event: EngineEvent): event is Of<'up'> => event.event === 'up';
export const isDown = (event: EngineEvent): event is Of<'down'> => event.event === 'down';
export const isInventory = (event: EngineEvent): event is Of<'inventory'> => event.event === 'inventory';
export const isPulled = (event: EngineEvent): event is Of<'pulled'> => event.event === 'pulled';
export const isPullFailed = (event: EngineEvent): event is Of<'pullFailed'> => event.event === 'pullFailed';

export const started =
  (name: string) =>
  (event: EngineEvent): event is Of<'started'> =>
    event.event === 'started' && event.container.name === name;

export const startFailed =
  (claim: string) =>
  (event: EngineEvent): event is Of<'startFailed'> =>
    event.event === 'startFailed' && event.claim === claim;

export const gone =
  (name: string) =>
  (event: EngineEvent): event is Of<'gone'> =>
    event.event === 'gone' && event.name === name;

export const changed =
  (name: string, expected: Partial<ObservedContainer>) =>
  (event: EngineEvent): event is Of<'changed'> =>
    event.event === 'changed' && event.container.name === name && agrees(event.container, expected);

function agrees(container: ObservedContainer, expected: Partial<ObservedContainer>): boolean {
  return Object.entries(expected).every(([key, value]) => Reflect.get(container, key) === value);
}
