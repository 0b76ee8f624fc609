/** The container engine is started anew: its containers have ended. */
import { nextBelow } from '../../protocol/random.ts';
import { restart } from '../../protocol/rehearse/engine.ts';
import { type Action, pick } from '../event.ts';
import { hostNamed } from '../mesh.ts';

export const engineRestart: Action = {
  draw: (mesh, random) => {
    const args = { host: pick(random, mesh.hosts).name, number: nextBelow(random, 1e6) };
    return [{ afterMs: 0, what: 'engine-restart', args }];
  },
  act: (mesh, { host: name = '', number = 0 }) => {
    const host = hostNamed(mesh, name);
    if (host) restart(host.engine, `${host.engine.info.startId.split('+')[0]}+${number}`);
    return name;
  },
};
