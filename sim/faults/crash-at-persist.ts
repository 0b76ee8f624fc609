/** The agent, or its whole machine, ends at its next batch: before it is synced, while, or before anybody learns of it. */
import { type Action, pick } from '../event.ts';
import { hostNamed } from '../mesh.ts';
import { wait } from './draws.ts';

const BOUNDARIES = ['before', 'middle', 'after'] as const;

export const crashAtPersist: Action = {
  draw: (mesh, random) => {
    const host = pick(random, mesh.hosts).name;
    return [
      { afterMs: 0, what: 'crash-at-persist', args: { host, text: pick(random, BOUNDARIES) } },
      { afterMs: wait(random, 1_000, 60_000), what: 'boot', args: { host } },
    ];
  },
  act: (mesh, { host: name = '', text = '' }) => {
    const host = hostNamed(mesh, name);
    const boundary = BOUNDARIES.find((known) => known === text);
    if (host?.agent && boundary) host.disk.crashAt = boundary;
    return `${name} ${text}`;
  },
};
