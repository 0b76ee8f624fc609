/** A container ends by itself. */
import { nextFraction } from '../../protocol/random.ts';
import { die as end, running } from '../../protocol/rehearse/engine.ts';
import { type Action, pick } from '../event.ts';
import { hostNamed } from '../mesh.ts';

export const die: Action = {
  draw: (mesh, random) => {
    const args = { share: nextFraction(random), number: pick(random, [0, 1, 137]) };
    return [{ afterMs: 0, what: 'die', args: { host: pick(random, mesh.hosts).name, ...args } }];
  },
  act: (mesh, { host: name = '', share = 0, number = 1 }) => {
    const host = hostNamed(mesh, name);
    const up = host ? running(host.engine) : [];
    const victim = up[Math.floor(share * up.length)];
    if (host && victim) end(host.engine, victim.name, number);
    return `${name} ${victim?.name ?? 'nobody'}`;
  },
};
