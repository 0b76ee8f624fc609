/** Starts fail with a server error, or are answered with a time-out although they succeed. */
import { nextBelow, nextFraction } from '../../protocol/random.ts';
import { lasting } from './lasting.ts';

export const engineErrors = lasting({
  what: 'engine-errors',
  leastMs: 1000,
  mostMs: 60000,
  draw: (_mesh, random) => ({ share: nextFraction(random) ** 2, number: nextBelow(random, 60) }),
  begin: ({ engine }, { share = 0, number = 0 }) => {
    engine.trouble.failing = share;
    engine.trouble.timingOut = number / 100;
  },
  end: ({ engine }) => {
    engine.trouble.failing = 0;
    engine.trouble.timingOut = 0;
  },
});
