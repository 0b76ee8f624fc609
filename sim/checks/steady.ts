/** The circumstances of a mesh as its simulator knows them: what a bound in time may be counted from. */
import type { HostId } from '../../protocol/identity.ts';
import { isOpen, isOpenBothWays } from '../../protocol/rehearse/paths.ts';
import type { Millis } from '../../protocol/time.ts';
import type { Host } from '../host.ts';
import type { Mesh } from '../mesh.ts';
import { lasting, type Memory, remembering } from './check.ts';

interface Steady {
  text: string;
  since: Millis;
  sides: Map<HostId, number>;
  look: number;
}

const recall = remembering<Steady>(() => ({ text: '', since: 0, sides: new Map(), look: -1 }));

/** How long nothing has gone wrong, nor been mended, anywhere. */
export const steadyMs = (mesh: Mesh, memory: Memory): Millis =>
  mesh.world.now - circumstances(mesh, memory).since;

/** Hosts that reach each other, directly or through others, have one number; only hosts that are well have one. */
export const sidesOf = (mesh: Mesh, memory: Memory): Map<HostId, number> => circumstances(mesh, memory).sides;

/** Its agent runs, its main loop turns, its disk takes what it is given. */
export const isWell = (host: Host): boolean =>
  host.hasPower &&
  host.engine.isUp &&
  !host.disk.isFull &&
  host.agent !== null &&
  host.agent.process.frozen === null &&
  host.agent.process.stalledUntil <= host.world.now;

/** Each of all hosts is well, and reaches each other. */
export const isWhole = (mesh: Mesh): boolean => mesh.net.paths.cuts.size === 0 && mesh.hosts.every(isWell);

/** How many hosts of the others this one cannot talk with in both directions. */
export const cutsOf = (mesh: Mesh, host: Host): number =>
  mesh.hosts.filter((other) => other !== host && !isOpenBothWays(mesh.net.paths, host.id, other.id)).length;

function circumstances(mesh: Mesh, memory: Memory): Steady {
  const steady = recall(memory);
  if (steady.look === memory.looks) return steady;
  steady.look = memory.looks;
  const text = describe(mesh);
  if (text === steady.text) return steady;
  steady.text = text;
  steady.since = mesh.world.now;
  steady.sides = sides(mesh);
  return steady;
}

/** A new kind of fault needs a word here, or bounds are counted through it. */
function describe({ hosts, net: { paths } }: Mesh): string {
  const words: unknown[] = [paths.loss, paths.delayMs, paths.jitterMs, ...paths.cuts];
  for (const host of hosts) {
    const { agent, engine, disk } = host;
    words.push(host.starts, agent !== null, host.hasPower, host.boots, host.address, host.clockOffsetMs);
    words.push(agent?.process.frozen !== null, (agent?.process.stalledUntil ?? 0) > host.world.now);
    words.push(disk.isFull, engine.isUp, engine.info.startId);
  }
  return words.join(' ');
}

function sides(mesh: Mesh): Map<HostId, number> {
  const found = new Map<HostId, number>();
  const well = mesh.hosts.filter(isWell);
  for (const [number, host] of well.entries()) {
    if (found.has(host.id)) continue;
    const queue = [host];
    found.set(host.id, number);
    for (let next = queue.pop(); next; next = queue.pop()) {
      for (const other of well) {
        if (found.has(other.id) || !reach(mesh, next, other)) continue;
        found.set(other.id, number);
        queue.push(other);
      }
    }
  }
  return found;
}

const reach = ({ net: { paths } }: Mesh, a: Host, b: Host): boolean =>
  isOpen(paths, a.id, b.id) && isOpen(paths, b.id, a.id);

/** Of what is so now: what has been so for longer than `limitMs`, in circumstances that did not change meanwhile. */
export function overdue(
  mesh: Mesh,
  memory: Memory,
  since: Map<string, Millis>,
  present: Iterable<string>,
  limitMs: Millis,
): string[] {
  const { now } = mesh.world;
  const steady = steadyMs(mesh, memory);
  return [...lasting(since, now, present)]
    .filter(([, from]) => Math.min(now - from, steady) > limitMs)
    .map(([key]) => key);
}
