/** A container's health check fails from now on, or somebody removes the container by hand. */
import { nextFraction } from '../../protocol/random.ts';
import { running, sicken, takeAway } from '../../protocol/rehearse/engine.ts';
import { type Action, pick } from '../event.ts';
import { hostNamed } from '../mesh.ts';

export const unhealthy: Action = {
  draw: (mesh, random) => {
    const args = { share: nextFraction(random), text: pick(random, ['unhealthy', 'removed']) };
    return [{ afterMs: 0, what: 'unhealthy', args: { host: pick(random, mesh.hosts).name, ...args } }];
  },
  act: (mesh, { host: name = '', share = 0, text = '' }) => {
    const host = hostNamed(mesh, name);
    const up = host ? running(host.engine) : [];
    const victim = up[Math.floor(share * up.length)];
    if (!host || !victim) return `${name} nobody`;
    if (text === 'unhealthy') sicken(host.engine, victim.name);
    else takeAway(host.engine, victim.name);
    return `${name} ${victim.name} ${text}`;
  },
};
