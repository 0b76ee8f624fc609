/**
 * A machine is switched off and comes back under another address. The last host never moves: when all do while they are
 * cut off, only rule V8's feelers or a seed would help.
 */
import { nextBelow } from '../../protocol/random.ts';
import { type Action, pick } from '../event.ts';
import { cutPower } from '../host.ts';
import { hostNamed } from '../mesh.ts';
import { wait } from './draws.ts';

export const address: Action = {
  draw: (mesh, random) => {
    const movable = mesh.hosts.slice(0, -1);
    if (movable.length === 0) return [];
    const host = pick(random, movable);
    const text = `10.${nextBelow(random, 200) + 1}.${nextBelow(random, 200)}.${mesh.hosts.indexOf(host) + 1}`;
    return [
      { afterMs: 0, what: 'address', args: { host: host.name, text } },
      { afterMs: wait(random, 1, 20_000), what: 'boot', args: { host: host.name } },
    ];
  },
  act: (mesh, { host: name = '', text = '' }) => {
    const host = hostNamed(mesh, name);
    if (!host) return 'nobody';
    cutPower(host);
    host.address = text;
    return `${name} moves to ${text}`;
  },
};
