/** One seed, played: chaos, then everything is mended, then every invariant must come to hold and nothing may move. */
import { nextFraction, type Random } from '../protocol/random.ts';
import type { Millis } from '../protocol/time.ts';
import { faults } from './checks/index.ts';
import { endFaults, injectFault, pick } from './faults.ts';
import { cutPower } from './host.ts';
import { alive, command, createMesh, type Mesh, runFor } from './mesh.ts';
import { type Plan, planOf } from './plan.ts';
import { giveCommand, imageModel } from './workload.ts';
import { after, streamOf } from './world.ts';

export interface Outcome {
  plan: Plan;
  /** empty: all invariants hold */
  faults: string[];
  /** virtual ms from the end of the faults until all invariants held */
  settledMs: Millis;
  /** messages that still left in `QUIET_MS` after that, by type */
  restless: string[];
  digest: number;
  timeline: string[];
  mesh: Mesh;
}

const SETTLE_LIMIT_MS = 90_000;
/** What was acknowledged on a host that nobody reached must get to others before that host may go for good. */
const SPREAD_MS = 3_000;
const LOOK_EVERY_MS = 250;
const STAYS_MS = 5_000;
/** an engine that was just restarted, a released port: let the last second of work end before counting messages */
const QUIET_MS = 10_000;

export function play(seed: number): Outcome {
  const plan = planOf(seed);
  const mesh = createMesh({ hosts: plan.hosts, seed, image: imageModel });
  mesh.net.isCoded = plan.isCoded;
  mesh.net.paths.jitterMs = plan.jitterMs;
  runFor(mesh, 4_000);
  mesh.net.paths.loss = plan.loss;
  const timeline: string[] = [];
  const note = (text: string): void => void timeline.push(`${(mesh.world.now / 1000).toFixed(3)} ${text}`);
  const endAt = mesh.world.now + plan.chaosMs;
  keepDoing(mesh, streamOf(mesh.world, 'workload'), plan.commandEveryMs, endAt, (random) =>
    note(giveCommand(mesh, random)),
  );
  if (plan.faults.length > 0) {
    keepDoing(mesh, streamOf(mesh.world, 'faults'), plan.faultEveryMs, endAt, (random) =>
      note(injectFault(mesh, random, pick(random, plan.faults))),
    );
  }
  runFor(mesh, plan.chaosMs);
  endFaults(mesh);
  note('all is mended');
  const mendedAt = mesh.world.now;
  runFor(mesh, SPREAD_MS);
  activateAll(mesh);
  const settledMs = settle(mesh, mendedAt);
  if (plan.leftDead > 0) {
    runFor(mesh, SPREAD_MS);
    for (const host of mesh.hosts.slice(0, plan.leftDead)) cutPower(host);
    settle(mesh, mesh.world.now);
  }
  runFor(mesh, STAYS_MS);
  const before = new Map(mesh.net.sent);
  runFor(mesh, QUIET_MS);
  const restless = restlessness(mesh, before);
  return { plan, faults: faults(mesh), settledMs, restless, digest: mesh.world.digest, timeline, mesh };
}

function keepDoing(
  mesh: Mesh,
  random: Random,
  everyMs: Millis,
  endAt: Millis,
  act: (random: Random) => void,
): void {
  const waitMs = -Math.log(1 - nextFraction(random)) * everyMs;
  if (mesh.world.now + waitMs >= endAt) return;
  after(mesh.world, waitMs, () => {
    act(random);
    keepDoing(mesh, random, everyMs, endAt, act);
  });
}

/** A mesh whose hosts are all drained runs nothing: that is as asked, but nothing to check. */
function activateAll(mesh: Mesh): void {
  const [host] = alive(mesh);
  if (!host) return;
  for (const other of mesh.hosts)
    command(mesh, host, { command: 'setAvailability', host: other.name, availability: 'active' });
}

function settle(mesh: Mesh, from: Millis): Millis {
  runFor(mesh, LOOK_EVERY_MS);
  while (faults(mesh).length > 0 && mesh.world.now - from < SETTLE_LIMIT_MS) runFor(mesh, LOOK_EVERY_MS);
  return mesh.world.now - from;
}

/** Heartbeats and the feelers to dead hosts never end; everything else does. */
const restlessness = (mesh: Mesh, before: Map<string, number>): string[] =>
  [...mesh.net.sent]
    .filter(([what, count]) => !['datagram', 'probe'].includes(what) && count > (before.get(what) ?? 0))
    .map(([what, count]) => `${what} ${count - (before.get(what) ?? 0)}`);
