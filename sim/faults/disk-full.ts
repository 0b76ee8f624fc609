/** The disk takes nothing more for a while. */
import { type Action, pick } from '../event.ts';
import { hostNamed } from '../mesh.ts';
import { wait } from './draws.ts';

export const diskFull: Action = {
  draw: (mesh, random) => {
    const args = { host: pick(random, mesh.hosts).name };
    return [
      { afterMs: 0, what: 'disk-full', args: { ...args, text: 'full' } },
      { afterMs: wait(random, 500, 60_000), what: 'disk-full', args: { ...args, text: 'has room' } },
    ];
  },
  act: (mesh, { host: name = '', text = 'full' }) => {
    const host = hostNamed(mesh, name);
    if (host) host.disk.isFull = text === 'full';
    return `${name} ${text}`;
  },
};
