/** A command through any host, whichever side of a partition it is on. */
import type { Command } from '../../protocol/input.ts';
import type { Random } from '../../protocol/random.ts';
import { type Action, pick } from '../event.ts';
import type { Host } from '../host.ts';
import { command, hostNamed, type Mesh } from '../mesh.ts';

export const NAMES = ['web', 'api', 'db', 'queue'];

/** The operation of giving such commands; null: there is nothing to command now. */
export const commanding = (what: string, draw: (mesh: Mesh, random: Random) => Command | null): Action => ({
  draw: (mesh, random) => {
    const given = draw(mesh, random);
    return given
      ? [{ afterMs: 0, what, args: { host: pick(random, reachable(mesh)).name, command: given } }]
      : [];
  },
  act: (mesh, { host: name = '', command: given }) => {
    const host = hostNamed(mesh, name);
    if (!host?.agent || !given) return `${name} has no agent`;
    command(mesh, host, given);
    return `${name}: ${textOf(given)}`;
  },
});

/** Nobody goes to a host that is gone for good. */
const reachable = (mesh: Mesh): Host[] => mesh.hosts.filter((host) => !host.isGone);

const textOf = (what: Command): string =>
  what.command === 'deploy'
    ? what.services
        .map((s) => `${s.Name} ${s.TaskTemplate.ContainerSpec.Image} ${JSON.stringify(s.Mode)}`)
        .join()
    : Object.values(what)
        .map((value) => (typeof value === 'object' ? JSON.stringify(value) : value))
        .join(' ');
