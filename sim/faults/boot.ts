/** A machine that is off is switched on, and an agent that is down is started. */
import { type Action, pick } from '../event.ts';
import { boot, startAgent } from '../host.ts';
import { hostNamed } from '../mesh.ts';

export const bootHost: Action = {
  draw: (mesh, random) => {
    const down = mesh.hosts.filter((host) => !host.agent);
    return down.length > 0 ? [{ afterMs: 0, what: 'boot', args: { host: pick(random, down).name } }] : [];
  },
  act: (mesh, { host: name = '' }) => {
    const host = hostNamed(mesh, name);
    if (host?.hasPower === false) boot(host);
    else if (host) startAgent(host);
    return `${name} on`;
  },
};
