/** A host leaves for good: its containers are stopped, its neighbours get a moment to hear of it. */

import { countRare } from '../counters.ts';
import { type Action, pick } from '../event.ts';
import { cutPower } from '../host.ts';
import { command, hostNamed } from '../mesh.ts';
import { after } from '../world.ts';
import { mayShrink, members } from './members.ts';

const FAREWELL_MS = 2_000;

export const leave: Action = {
  draw: (mesh, random) => {
    const there = members(mesh);
    return mayShrink(mesh) ? [{ afterMs: 0, what: 'leave', args: { host: pick(random, there).name } }] : [];
  },
  act: (mesh, { host: name = '' }) => {
    const host = hostNamed(mesh, name);
    if (!host?.agent || !host.hasJoined || !mayShrink(mesh)) return `${name}: not now`;
    command(mesh, host, { command: 'leave' }, (result) => {
      if (!result.ok) return;
      countRare(mesh.world, 'host left');
      after(mesh.world, FAREWELL_MS, () => {
        host.isGone = true;
        cutPower(host);
      });
    });
    return name;
  },
};
