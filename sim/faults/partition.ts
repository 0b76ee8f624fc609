/** The network falls apart: halves, one host alone, a bridge that both sides reach, a ring; or is mended. */
import { nextBelow, type Random } from '../../protocol/random.ts';
import { cutBothWays } from '../../protocol/rehearse/paths.ts';
import { type Action, pick, type Step } from '../event.ts';
import { heal, hostNamed, type Mesh, split } from '../mesh.ts';
import { chance, wait } from './draws.ts';

const LASTS_MS = { least: 500, most: 120_000 };
const FLAPS = 8;

type Shape = (random: Random, hosts: string[]) => string[][];

/** `*` before a group: its hosts reach their neighbours in the list only. */
const SHAPES: Shape[] = [
  (random, hosts) => {
    const left = hosts.filter(() => chance(random, 0.5));
    return [left, hosts.filter((host) => !left.includes(host))];
  },
  (random, hosts) => {
    const alone = pick(random, hosts);
    return [[alone], hosts.filter((host) => host !== alone)];
  },
  // A bridge is in no group: it reaches everybody.
  (_random, hosts) => {
    const half = Math.floor(hosts.length / 2);
    return [hosts.slice(0, half), hosts.slice(half + 1)];
  },
  (_random, hosts) => hosts.map((host) => [host]),
  (_random, hosts) => [['*', ...hosts]],
];

export const partition: Action = {
  draw: (mesh, random) => {
    const groups = pick(random, SHAPES)(
      random,
      mesh.hosts.map((host) => host.name),
    );
    const cut = (afterMs: number): Step => ({ afterMs, what: 'partition', args: { groups } });
    const mend = (afterMs: number): Step => ({ afterMs, what: 'partition', args: {} });
    if (chance(random, 0.2)) return flapping(random, cut, mend);
    return chance(random, 0.9) ? [cut(0), mend(wait(random, LASTS_MS.least, LASTS_MS.most))] : [cut(0)];
  },
  act: (mesh, { groups }) => {
    heal(mesh);
    if (!groups) return 'mended';
    const [first] = groups;
    if (first?.[0] === '*') ring(mesh, first.slice(1));
    else split(mesh, ...groups.map((names) => names.flatMap((name) => hostNamed(mesh, name) ?? [])));
    return groups.map((names) => names.join()).join(' | ');
  },
};

function flapping(random: Random, cut: (at: number) => Step, mend: (at: number) => Step): Step[] {
  const steps: Step[] = [];
  let at = 0;
  for (let i = 1 + nextBelow(random, FLAPS); i > 0; i--) {
    steps.push(cut(at));
    at += wait(random, 100, 8_000);
    steps.push(mend(at));
    at += wait(random, 100, 8_000);
  }
  return steps;
}

function ring(mesh: Mesh, names: string[]): void {
  for (const [i, a] of names.entries()) {
    for (const [j, b] of names.entries()) {
      const apart = Math.abs(i - j);
      const [one, other] = [hostNamed(mesh, a), hostNamed(mesh, b)];
      if (apart > 1 && apart < names.length - 1 && one && other)
        cutBothWays(mesh.net.paths, one.id, other.id);
    }
  }
}
