/** The clock is an hour, a day or decades behind, and is set right again. */
import { pick } from '../event.ts';
import { TRUE_WALL_MS } from '../host.ts';
import { lasting } from './lasting.ts';

/** The last one is 1970. */
const BEHIND_MS = [3_600_000, 86_400_000, TRUE_WALL_MS];

export const clockBehind = lasting({
  what: 'clock-behind',
  leastMs: 2000,
  mostMs: 60000,
  draw: (_mesh, random) => ({ ms: pick(random, BEHIND_MS) }),
  begin: (host, { ms = 0 }) => {
    host.clockOffsetMs = -ms;
  },
  end: (host) => {
    host.clockOffsetMs = 0;
  },
});
