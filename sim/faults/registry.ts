/** The registry is down, or very slow. */
import { pick } from '../event.ts';
import { lasting } from './lasting.ts';

export const registry = lasting({
  what: 'registry',
  leastMs: 1000,
  mostMs: 60000,
  draw: (_mesh, random) => ({ number: pick(random, [0, 0, 5, 30]) }),
  begin: ({ engine }, { number = 1 }) => {
    engine.trouble.registryDown = number === 0;
    engine.trouble.pullFactor = Math.max(1, number);
  },
  end: ({ engine }) => {
    engine.trouble.registryDown = false;
    engine.trouble.pullFactor = 1;
  },
});
