/** The store is put back to an earlier state at a restart of the agent; only what others hold as well may be lost. */
import { countRare } from '../counters.ts';
import { keepSnapshot, restoreSnapshot } from '../disk.ts';
import { type Action, pick } from '../event.ts';
import { killAgent, startAgent } from '../host.ts';
import { hostNamed } from '../mesh.ts';
import { wait } from './draws.ts';
import { isHeldByOthers } from './held.ts';

const what = 'old-snapshot';

export const oldSnapshot: Action = {
  draw: (mesh, random) => {
    const host = pick(random, mesh.hosts).name;
    const back = wait(random, 2_000, 300_000);
    // It must wait for a moment at which nothing is lost with it.
    const tries = [0, 1, 2, 3, 4].map((i) => ({
      afterMs: back + i * 3_000,
      what,
      args: { host, text: 'back' },
    }));
    return [{ afterMs: 0, what, args: { host, text: 'kept' } }, ...tries];
  },
  act: (mesh, { host: name = '', text = '' }) => {
    const host = hostNamed(mesh, name);
    if (!host) return 'nobody';
    if (text === 'kept') keepSnapshot(host.disk);
    else if (!host.disk.snapshot || !isHeldByOthers(mesh, host)) return `${name}: not now`;
    else {
      killAgent(host);
      restoreSnapshot(host.disk);
      host.disk.snapshot = null;
      countRare(mesh.world, 'old snapshot restored');
      startAgent(host);
    }
    return `${name} ${text}`;
  },
};
