/** A store that was repaired at a restart: its counters stand, some of its rows are gone (rule R6). */
import { nextBelow } from '../../protocol/random.ts';
import { countRare } from '../counters.ts';
import { dropRows } from '../disk.ts';
import { type Action, pick } from '../event.ts';
import { killAgent, startAgent } from '../host.ts';
import { hostNamed } from '../mesh.ts';
import { isHeldByOthers } from './held.ts';

export const rowsMissing: Action = {
  draw: (mesh, random) => {
    const args = {
      host: pick(random, mesh.hosts).name,
      number: 2 + nextBelow(random, 8),
      ms: nextBelow(random, 10),
    };
    return [0, 3_000, 6_000].map((afterMs) => ({ afterMs, what: 'rows-missing', args }));
  },
  act: (mesh, { host: name = '', number = 2, ms: first = 0 }) => {
    const host = hostNamed(mesh, name);
    if (!host || !isHeldByOthers(mesh, host)) return `${name}: not now`;
    killAgent(host);
    const lost = dropRows(host.disk, number, first);
    countRare(mesh.world, 'rows missing from a store');
    startAgent(host);
    return `${name} lost ${lost} rows`;
  },
};
