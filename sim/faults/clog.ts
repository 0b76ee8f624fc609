/** What one host sends to another takes up to five seconds longer. */
import { nextFraction } from '../../protocol/random.ts';
import { pick } from '../event.ts';
import { wayTo } from '../mesh.ts';
import { lasting } from './lasting.ts';

export const clog = lasting({
  what: 'clog',
  leastMs: 500,
  mostMs: 30000,
  draw: (mesh, random) => ({
    other: pick(random, mesh.hosts).name,
    ms: Math.round(nextFraction(random) ** 2 * 5_000),
  }),
  begin: (host, { other = '', ms = 0 }, mesh) => void mesh.net.paths.clogs.set(wayTo(mesh, host, other), ms),
  end: (host, { other = '' }, mesh) => void mesh.net.paths.clogs.delete(wayTo(mesh, host, other)),
});
