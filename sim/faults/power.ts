/** The machine is off at once: nothing says goodbye, its containers have ended. Most come back. */
import { type Action, pick } from '../event.ts';
import { cutPower } from '../host.ts';
import { hostNamed } from '../mesh.ts';
import { chance, wait } from './draws.ts';

const OFF_MS = { least: 1_000, most: 40_000 };

export const power: Action = {
  draw: (mesh, random) => {
    const args = { host: pick(random, mesh.hosts).name };
    const off = { afterMs: 0, what: 'power', args };
    return chance(random, 0.7)
      ? [off, { afterMs: wait(random, OFF_MS.least, OFF_MS.most), what: 'boot', args }]
      : [off];
  },
  act: (mesh, { host: name = '' }) => {
    const host = hostNamed(mesh, name);
    if (host) cutPower(host);
    return `${name} off`;
  },
};
