/**
 * A host that leaves its mesh ends its tasks; the core, which runs on until the farewell is said, takes that for failures
 * and would start them again. So from the moment of leaving nothing is started any more.
 */
import type { Engine } from './engine/engine.ts';

export interface RetirableEngine extends Engine {
  /** from now on containers are only stopped */
  retire(): void;
}

export function retirable(engine: Engine): RetirableEngine {
  let retired = false;
  return {
    ...engine,
    perform: (op) => {
      if (!retired || op.op === 'stop' || op.op === 'inventory') engine.perform(op);
    },
    retire: () => {
      retired = true;
    },
  };
}
