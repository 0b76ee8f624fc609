/** kill -9 of the agent; its containers run on. Most agents are started again. */
import { type Action, pick } from '../event.ts';
import { killAgent } from '../host.ts';
import { hostNamed } from '../mesh.ts';
import { chance, wait } from './draws.ts';

const DOWN_MS = 90_000;

export const agent: Action = {
  draw: (mesh, random) => {
    const args = { host: pick(random, mesh.hosts).name };
    const kill = { afterMs: 0, what: 'agent', args };
    return chance(random, 0.8) ? [kill, { afterMs: wait(random, 0, DOWN_MS), what: 'boot', args }] : [kill];
  },
  act: (mesh, { host: name = '' }) => {
    const host = hostNamed(mesh, name);
    if (host) killAgent(host);
    return `${name} killed`;
  },
};
