/** The clock runs too fast or too slow by up to a hundredth. */
import { nextFraction } from '../../protocol/random.ts';
import { setDrift } from '../host.ts';
import { lasting } from './lasting.ts';

export const clockDrift = lasting({
  what: 'clock-drift',
  leastMs: 5000,
  mostMs: 300000,
  draw: (_mesh, random) => ({ share: (nextFraction(random) - 0.5) / 50 }),
  begin: (host, { share = 0 }) => setDrift(host, share),
  end: (host) => {
    setDrift(host, 0);
    host.clockOffsetMs = 0;
  },
});
