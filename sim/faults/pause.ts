/** SIGSTOP of the agent with its heartbeat worker, 1 to 300 s. */
import { type Action, pick } from '../event.ts';
import { freeze } from '../host.ts';
import { hostNamed } from '../mesh.ts';
import { wait } from './draws.ts';

export const pause: Action = {
  draw: (mesh, random) => {
    const args = { host: pick(random, mesh.hosts).name, ms: wait(random, 1_000, 300_000) };
    return [{ afterMs: 0, what: 'pause', args }];
  },
  act: (mesh, { host: name = '', ms = 0 }) => {
    const host = hostNamed(mesh, name);
    if (host) freeze(host, ms);
    return `${name} for ${ms} ms`;
  },
};
