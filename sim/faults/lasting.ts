/** Faults of one host that begin and end: the end is an event of its own. */
import type { Random } from '../../protocol/random.ts';
import type { Millis } from '../../protocol/time.ts';
import { type Action, type Args, pick } from '../event.ts';
import type { Host } from '../host.ts';
import { hostNamed, type Mesh } from '../mesh.ts';
import { wait } from './draws.ts';

interface Lasting {
  what: string;
  leastMs: Millis;
  mostMs: Millis;
  draw?(mesh: Mesh, random: Random): Args;
  begin(host: Host, args: Args, mesh: Mesh): void;
  end(host: Host, args: Args, mesh: Mesh): void;
}

const OVER = 'is over';

export const lasting = ({ what, leastMs, mostMs, draw, begin, end }: Lasting): Action => ({
  draw: (mesh, random) => {
    const args = { host: pick(random, mesh.hosts).name, ...draw?.(mesh, random) };
    return [
      { afterMs: 0, what, args },
      { afterMs: wait(random, leastMs, mostMs), what, args: { ...args, text: OVER } },
    ];
  },
  act: (mesh, args) => {
    const host = hostNamed(mesh, args.host ?? '');
    if (!host) return 'nobody';
    (args.text === OVER ? end : begin)(host, args, mesh);
    const { host: name, text, ...rest } = args;
    return [name, ...Object.values(rest), text].filter((word) => word !== undefined).join(' ');
  },
});
