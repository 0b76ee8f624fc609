/** A host that is down is removed for good, through any other host that sees it so. */

import { countRare } from '../counters.ts';
import { type Action, pick } from '../event.ts';
import { cutPower } from '../host.ts';
import { command, hostNamed } from '../mesh.ts';
import { mayShrink, members } from './members.ts';

export const removeHost: Action = {
  draw: (mesh, random) => {
    const down = members(mesh).filter((host) => !host.hasPower);
    const up = members(mesh).filter((host) => host.agent);
    if (down.length === 0 || up.length < 2) return [];
    const args = { host: pick(random, up).name, other: pick(random, down).name };
    return [{ afterMs: 0, what: 'remove-host', args }];
  },
  act: (mesh, { host: name = '', other: which = '' }) => {
    const [host, other] = [hostNamed(mesh, name), hostNamed(mesh, which)];
    if (!host?.agent || !other || other.hasPower || other.isGone || !mayShrink(mesh))
      return `${which}: not now`;
    command(mesh, host, { command: 'removeHost', host: which }, (result) => {
      if (!result.ok) return;
      countRare(mesh.world, 'host removed');
      other.isGone = true;
      cutPower(other);
    });
    return `${name}: ${which}`;
  },
};
