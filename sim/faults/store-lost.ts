/** The store is gone at a restart of the agent: only what others hold as well may be lost with it. */

import { countRare } from '../counters.ts';
import { wipe } from '../disk.ts';
import { type Action, pick } from '../event.ts';
import { killAgent, startAgent } from '../host.ts';
import { hostNamed } from '../mesh.ts';
import { isHeldByOthers } from './held.ts';

export const storeLost: Action = {
  draw: (mesh, random) => {
    const args = { host: pick(random, mesh.hosts).name };
    return [0, 3_000, 6_000].map((afterMs) => ({ afterMs, what: 'store-lost', args }));
  },
  act: (mesh, { host: name = '' }) => {
    const host = hostNamed(mesh, name);
    if (!host || !isHeldByOthers(mesh, host)) return `${name}: not now`;
    killAgent(host);
    wipe(host.disk);
    countRare(mesh.world, 'store lost');
    startAgent(host);
    return name;
  },
};
