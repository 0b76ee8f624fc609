/** The main loop stands still; heartbeats, containers and the kernel go on. */
import { type Action, pick } from '../event.ts';
import { stallMain } from '../host.ts';
import { hostNamed } from '../mesh.ts';
import { wait } from './draws.ts';

export const stall: Action = {
  draw: (mesh, random) => {
    const args = { host: pick(random, mesh.hosts).name, ms: wait(random, 500, 90_000) };
    return [{ afterMs: 0, what: 'stall', args }];
  },
  act: (mesh, { host: name = '', ms = 0 }) => {
    const host = hostNamed(mesh, name);
    if (host) stallMain(host, ms);
    return `${name} for ${ms} ms`;
  },
};
