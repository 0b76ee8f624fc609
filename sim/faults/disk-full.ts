/** The disk takes nothing more for a while. */
import { lasting } from './lasting.ts';

export const diskFull = lasting({
  what: 'disk-full',
  leastMs: 500,
  mostMs: 60000,
  begin: ({ disk }) => {
    disk.isFull = true;
  },
  end: ({ disk }) => {
    disk.isFull = false;
  },
});
