/** Datagrams of everybody arrive twice, or are overtaken by later ones. */
import { nextBelow, nextFraction } from '../../protocol/random.ts';
import { lasting } from './lasting.ts';

export const disorder = lasting({
  what: 'disorder',
  leastMs: 5000,
  mostMs: 120000,
  draw: (_mesh, random) => ({ share: nextFraction(random) * 0.5, number: nextBelow(random, 50) }),
  begin: (_host, { share = 0, number = 0 }, { net }) => {
    net.paths.duplicates = share;
    net.paths.reordered = number / 100;
  },
  end: (_host, _args, { net }) => {
    net.paths.duplicates = 0;
    net.paths.reordered = 0;
  },
});
