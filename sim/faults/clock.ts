/** The wall clock jumps within what two clocks may differ by (60 s): commands go on. */
import { nextFraction } from '../../protocol/random.ts';
import { type Action, pick } from '../event.ts';
import { hostNamed } from '../mesh.ts';

export const clock: Action = {
  draw: (mesh, random) => {
    const args = {
      host: pick(random, mesh.hosts).name,
      ms: Math.round((nextFraction(random) - 0.5) * 50_000),
    };
    return [{ afterMs: 0, what: 'clock', args }];
  },
  act: (mesh, { host: name = '', ms = 0 }) => {
    const host = hostNamed(mesh, name);
    if (host) host.clockOffsetMs = ms;
    return `${name} ${ms} ms off`;
  },
};
