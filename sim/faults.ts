/** Everything that goes wrong in a run, and its end. */
import { nextBelow, nextFraction, type Random } from '../protocol/random.ts';
import { die, restart, running } from '../protocol/rehearse/engine.ts';
import { cutOneWay } from '../protocol/rehearse/paths.ts';
import { sameDigest } from './checks/same-digest.ts';
import { wipe } from './disk.ts';
import { boot, cutPower, freeze, type Host, killAgent, stallMain, startAgent, thaw } from './host.ts';
import { heal, type Mesh, split } from './mesh.ts';
import type { FaultName } from './plan.ts';
import { after } from './world.ts';

/** Undefined only from an empty list. */
export const pick = <T>(random: Random, from: readonly T[]): T => from[nextBelow(random, from.length)]!;

/** Does it; returns one line for the timeline. */
export function injectFault(mesh: Mesh, random: Random, fault: FaultName): string {
  const host = pick(random, mesh.hosts);
  return `${fault}: ${INJECT[fault](mesh, random, host)}`;
}

const INJECT: Record<FaultName, (mesh: Mesh, random: Random, host: Host) => string> = {
  power: (mesh, random, host) => {
    if (!host.hasPower) return boots(host);
    cutPower(host);
    if (nextFraction(random) < 0.7)
      after(mesh.world, 1_000 + nextFraction(random) * 15_000, () => boot(host));
    return `${host.name} off`;
  },
  agent: (mesh, random, host) => {
    killAgent(host);
    if (nextFraction(random) < 0.7) after(mesh.world, nextFraction(random) * 15_000, () => startAgent(host));
    return `${host.name} killed`;
  },
  partition: (mesh, random) => {
    heal(mesh);
    if (nextFraction(random) < 0.3) return 'healed';
    const left = mesh.hosts.filter(() => nextFraction(random) < 0.5);
    split(
      mesh,
      left,
      mesh.hosts.filter((host) => !left.includes(host)),
    );
    return `${left.map((host) => host.name).join()} cut off`;
  },
  'one-way': (mesh, random, host) => {
    const other = pick(random, mesh.hosts);
    cutOneWay(mesh.net.paths, host.id, other.id);
    return `${host.name} > ${other.name}`;
  },
  freeze: (_mesh, random, host) => {
    freeze(host, 500 + nextFraction(random) ** 2 * 30_000);
    return host.name;
  },
  stall: (_mesh, random, host) => {
    stallMain(host, 500 + nextFraction(random) ** 2 * 30_000);
    return host.name;
  },
  'disk-full': (_mesh, _random, host) => {
    host.disk.isFull = !host.disk.isFull;
    return `${host.name} ${host.disk.isFull}`;
  },
  die: (_mesh, random, host) => {
    const up = running(host.engine);
    if (up.length === 0) return 'nobody';
    const victim = pick(random, up);
    die(host.engine, victim.name, pick(random, [0, 1, 137]));
    return `${host.name} ${victim.name}`;
  },
  engine: (_mesh, random, host) => {
    restart(host.engine, `${host.engine.info.startId}+${nextBelow(random, 1_000)}`);
    return `${host.name} restarted`;
  },
  address: (mesh, random) => {
    // The last host never moves: when all do while they are cut off, only rule V8's feelers or a seed would help.
    const host = pick(random, mesh.hosts.slice(0, -1));
    if (!host) return 'nobody';
    cutPower(host);
    host.address = `10.${nextBelow(random, 200) + 1}.${nextBelow(random, 200)}.${mesh.hosts.indexOf(host) + 1}`;
    after(mesh.world, nextFraction(random) * 5_000, () => boot(host));
    return `${host.name} moves to ${host.address}`;
  },
  clock: (_mesh, random, host) => {
    // Within what two clocks may differ by (60 s): commands go on.
    host.clockOffsetMs = Math.round((nextFraction(random) - 0.5) * 50_000);
    return `${host.name} ${host.clockOffsetMs} ms`;
  },
  'store-lost': (mesh, _random, host) => {
    // Only what others hold as well may be lost with a disk.
    if (mesh.hosts.length === 1 || sameDigest.faults(mesh).length > 0 || !mesh.hosts.every((h) => h.agent))
      return 'not now';
    killAgent(host);
    wipe(host.disk);
    startAgent(host);
    return host.name;
  },
};

function boots(host: Host): string {
  boot(host);
  return `${host.name} on`;
}

/** All is mended. */
export function endFaults(mesh: Mesh): void {
  heal(mesh);
  mesh.net.paths.loss = 0;
  for (const host of mesh.hosts) {
    host.disk.isFull = false;
    if (host.agent) thaw(host.agent.process);
    boot(host);
    startAgent(host);
  }
}
