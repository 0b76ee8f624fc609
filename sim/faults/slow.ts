/** A machine without CPU to spare: each turn of the agent comes late. */
import { nextFraction } from '../../protocol/random.ts';
import { lasting } from './lasting.ts';

export const slow = lasting({
  what: 'slow',
  leastMs: 1000,
  mostMs: 90000,
  draw: (_mesh, random) => ({ ms: Math.round(nextFraction(random) ** 2 * 800) }),
  begin: (host, { ms = 0 }) => {
    host.slowMs = ms;
  },
  end: (host) => {
    host.slowMs = 0;
  },
});
