/** Each sync takes up to two seconds longer. */
import { nextFraction } from '../../protocol/random.ts';
import { lasting } from './lasting.ts';

export const diskSlow = lasting({
  what: 'disk-slow',
  leastMs: 1000,
  mostMs: 60000,
  draw: (_mesh, random) => ({ ms: Math.round(nextFraction(random) ** 2 * 2_000) }),
  begin: ({ disk }, { ms = 0 }) => {
    disk.slowMs = ms;
  },
  end: ({ disk }) => {
    disk.slowMs = 0;
  },
});
