/** What one host sends does not reach another; the other direction works. */
import { cutOneWay } from '../../protocol/rehearse/paths.ts';
import { type Action, pick } from '../event.ts';
import { hostNamed } from '../mesh.ts';
import { wait } from './draws.ts';

export const oneWay: Action = {
  draw: (mesh, random) => {
    const args = { host: pick(random, mesh.hosts).name, other: pick(random, mesh.hosts).name };
    const mend = { ...args, text: 'mended' };
    return [
      { afterMs: 0, what: 'one-way', args },
      { afterMs: wait(random, 500, 60_000), what: 'one-way', args: mend },
    ];
  },
  act: (mesh, { host: name = '', other: to = '', text = 'cut' }) => {
    const [host, other] = [hostNamed(mesh, name), hostNamed(mesh, to)];
    if (!host || !other) return 'nobody';
    if (text === 'cut') cutOneWay(mesh.net.paths, host.id, other.id);
    else mesh.net.paths.cuts.delete(`${host.id}>${other.id}`);
    return `${name} > ${to} ${text}`;
  },
};
