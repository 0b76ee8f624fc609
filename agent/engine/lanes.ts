import { settledWithin } from './pace.ts';

/** Tasks of one key run one after another, in the order they came; different keys do not wait for each other. */
export interface Lanes {
  run(key: string, task: () => Promise<void>): Promise<void>;
  /** like `run`, but answers false, and never runs the task, when its turn has not come within `ms` */
  runWithin(key: string, ms: number, task: () => Promise<void>): Promise<boolean>;
}

export function lanes(): Lanes {
  const tails = new Map<string, Promise<void>>();

  function run(key: string, task: () => Promise<void>): Promise<void> {
    const result = (tails.get(key) ?? Promise.resolve()).then(task);
    const tail = result.catch(() => undefined);
    tails.set(key, tail);
    tail.then(() => {
      if (tails.get(key) === tail) tails.delete(key);
    });
    return result;
  }

  async function runWithin(key: string, ms: number, task: () => Promise<void>): Promise<boolean> {
    let givenUp = false;
    let arrive: () => void = () => undefined;
    const turn = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const result = run(key, async () => {
      arrive();
      if (!givenUp) await task();
    });
    if (!(await settledWithin(turn, ms))) {
      givenUp = true;
      return false;
    }
    await result;
    return true;
  }

  return { run, runWithin };
}
