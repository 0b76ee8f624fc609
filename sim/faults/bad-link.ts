/** What one host sends to another is lost up to three times in ten. */
import { nextFraction } from '../../protocol/random.ts';
import { pick } from '../event.ts';
import { wayTo } from '../mesh.ts';
import { lasting } from './lasting.ts';

export const badLink = lasting({
  what: 'bad-link',
  leastMs: 1000,
  mostMs: 90000,
  draw: (mesh, random) => ({ other: pick(random, mesh.hosts).name, share: nextFraction(random) * 0.3 }),
  begin: (host, { other = '', share = 0 }, mesh) =>
    void mesh.net.paths.lossy.set(wayTo(mesh, host, other), share),
  end: (host, { other = '' }, mesh) => void mesh.net.paths.lossy.delete(wayTo(mesh, host, other)),
});
