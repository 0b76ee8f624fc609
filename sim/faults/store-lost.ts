/** The store is gone at a restart of the agent: only what others hold as well may be lost with it. */

import { wipe } from '../disk.ts';
import { type Action, pick } from '../event.ts';
import { killAgent, startAgent } from '../host.ts';
import { hostNamed } from '../mesh.ts';
import { isHeldByOthers } from './held.ts';

export const storeLost: Action = {
  draw: (mesh, random) => [{ afterMs: 0, what: 'store-lost', args: { host: pick(random, mesh.hosts).name } }],
  act: (mesh, { host: name = '' }) => {
    const host = hostNamed(mesh, name);
    if (!host || !isHeldByOthers(mesh, host)) return `${name}: not now`;
    killAgent(host);
    wipe(host.disk);
    startAgent(host);
    return name;
  },
};
