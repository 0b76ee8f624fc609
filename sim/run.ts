/**
 * One run in two phases. Safety: anything may fail at any time. Liveness: a core of hosts is mended, the rest may stay
 * broken for ever, and every invariant must come to hold among the core and nothing may move any more.
 */
import { nextFraction, type Random } from '../protocol/random.ts';
import type { Millis } from '../protocol/time.ts';
import { faults } from './checks/index.ts';
import { type Action, pick, type Recording, type SimEvent } from './event.ts';
import { FAULTS } from './faults/index.ts';
import { withoutAmbient } from './guard.ts';
import { healCore, joinIslands } from './heal.ts';
import { alive, command, createMesh, type Mesh, runFor, stateOf } from './mesh.ts';
import { type Plan, type PlanOptions, planOf } from './plan.ts';
import { watchRare } from './rare.ts';
import { imageModel } from './workload/images.ts';
import { OPERATIONS } from './workload/index.ts';
import { at, START_MS, streamOf } from './world.ts';

export interface Outcome {
  plan: Plan;
  /** the run as data: `replay` of it ends alike, and of fewer of its events plays on without them */
  recording: Recording;
  /** empty: all invariants hold */
  faults: string[];
  /** virtual ms from the end of the faults until all invariants held */
  settledMs: Millis;
  /** messages that still left in `QUIET_MS` after that, by type */
  restless: string[];
  digest: number;
  /** rare states reached, by name (see counters.ts) */
  counters: Record<string, number>;
  timeline: string[];
  mesh: Mesh;
}

const SETTLE_LIMIT_MS = 90_000;
const START_UP_MS = 4_000;
/** What was acknowledged on a host that nobody reached gets to the others before operators act again. */
const SPREAD_MS = 3_000;
const LOOK_EVERY_MS = 250;
const STAYS_MS = 5_000;
/** an engine that was just restarted, a released port: let the last second of work end before counting messages */
const QUIET_MS = 10_000;

/** Called with the new mesh before anything happens: it may plant looks with `after`, and must change nothing. */
export type Watch = (mesh: Mesh) => void;

export const play = (seed: number, options: PlanOptions = {}, watch?: Watch): Outcome =>
  run(planOf(seed, options), draw, watch);

/** Plays the seed and returns what happened in it as data. */
export const record = (seed: number, options: PlanOptions = {}, watch?: Watch): Recording =>
  play(seed, options, watch).recording;

/** Plays exactly the recorded events; deterministic, whatever has been left out of them. */
export function replay(recording: Recording, watch?: Watch): Outcome {
  const plant = (session: Session): void => {
    for (const event of recording.events)
      at(session.mesh.world, START_MS + event.atMs, () => happen(session, event));
  };
  return run(recording.options, plant, watch);
}

/** A run under way. */
interface Session {
  readonly plan: Plan;
  readonly mesh: Mesh;
  readonly events: SimEvent[];
  readonly timeline: string[];
}

function run(plan: Plan, plant: (session: Session) => void, watch?: Watch): Outcome {
  return withoutAmbient(() => {
    const mesh = createMesh({ hosts: plan.hosts, seed: plan.seed, image: imageModel });
    const session: Session = { plan, mesh, events: [], timeline: [] };
    mesh.net.isCoded = plan.isCoded;
    mesh.net.paths.jitterMs = plan.jitterMs;
    watchRare(mesh);
    watch?.(mesh);
    plant(session);
    runFor(mesh, START_UP_MS);
    mesh.net.paths.loss = plan.loss;
    runFor(mesh, plan.chaosMs);
    return conclude(session);
  });
}

function conclude({ plan, mesh, events, timeline }: Session): Outcome {
  healCore(mesh, plan.rest);
  timeline.push(`${seconds(mesh)} all is mended${plan.rest.length > 0 ? ` but ${plan.rest.join()}` : ''}`);
  const mendedAt = mesh.world.now;
  runFor(mesh, SPREAD_MS);
  joinIslands(mesh);
  activateAll(mesh);
  const settledMs = settle(mesh, mendedAt);
  runFor(mesh, STAYS_MS);
  const before = new Map(mesh.net.sent);
  runFor(mesh, QUIET_MS);
  const restless = restlessness(mesh, before);
  const recording = { options: plan, events };
  const { digest } = mesh.world;
  const counters = Object.fromEntries(mesh.world.counters);
  return { plan, recording, faults: faults(mesh), settledMs, restless, digest, counters, timeline, mesh };
}

const seconds = (mesh: Mesh): string => ((mesh.world.now - START_MS) / 1000).toFixed(3);

function happen(session: Session, event: Omit<SimEvent, 'atMs'>): void {
  const action = actionOf(event.what);
  if (!action) throw new Error(`no fault and no operation is called ${event.what}`);
  const { mesh, events, timeline } = session;
  events.push({ atMs: mesh.world.now - START_MS, what: event.what, args: event.args });
  timeline.push(`${seconds(mesh)} ${event.what}: ${action.act(mesh, event.args)}`);
}

const actionOf = (what: string): Action | undefined => OPERATIONS[what] ?? FAULTS[what];

/** Draws faults and commands as they come, until the safety phase ends. */
function draw(session: Session): void {
  const { plan, mesh } = session;
  const from = START_MS + START_UP_MS;
  for (const [stream, kinds, everyMs] of [
    ['workload', plan.operations, plan.commandEveryMs],
    ['faults', plan.faults, plan.faultEveryMs],
  ] as const) {
    if (kinds.length > 0) drawNext(session, streamOf(mesh.world, stream), kinds, everyMs, from);
  }
}

function drawNext(session: Session, random: Random, kinds: string[], everyMs: Millis, from: Millis): void {
  const { mesh, plan } = session;
  const due = from + Math.max(1, Math.round(-Math.log(1 - nextFraction(random)) * everyMs));
  const endAt = START_MS + START_UP_MS + plan.chaosMs;
  if (due >= endAt) return;
  at(mesh.world, due, () => {
    for (const { afterMs, what, args } of actionOf(pick(random, kinds))?.draw(mesh, random) ?? []) {
      if (afterMs === 0) happen(session, { what, args });
      else if (due + afterMs < endAt) at(mesh.world, due + afterMs, () => happen(session, { what, args }));
    }
    drawNext(session, random, kinds, everyMs, due);
  });
}

/** A mesh whose hosts are all drained runs nothing: that is as asked, but nothing to check. */
function activateAll(mesh: Mesh): void {
  const [host] = alive(mesh);
  if (!host) return;
  for (const other of mesh.hosts.filter(({ isGone }) => !isGone))
    command(mesh, host, { command: 'setAvailability', host: other.name, availability: 'active' });
}

function settle(mesh: Mesh, from: Millis): Millis {
  runFor(mesh, LOOK_EVERY_MS);
  const limitMs = SETTLE_LIMIT_MS + longestQuarantineMs(mesh);
  while (faults(mesh).length > 0 && mesh.world.now - from < limitMs) runFor(mesh, LOOK_EVERY_MS);
  return mesh.world.now - from;
}

/** What failed again and again under the faults is left alone for a while, however well all is now. */
function longestQuarantineMs(mesh: Mesh): Millis {
  const all = alive(mesh).flatMap((host) => {
    const { local, config } = stateOf(host);
    const { quarantineFailures, quarantineWindowMs } = config.tunables;
    const many = [...local.failures.values()].some(({ at: times }) => times.length >= quarantineFailures);
    return many ? [quarantineWindowMs] : [];
  });
  return Math.max(0, ...all);
}

/** Heartbeats and the feelers to dead hosts never end; everything else does. */
const restlessness = (mesh: Mesh, before: Map<string, number>): string[] =>
  [...mesh.net.sent]
    .filter(([what, count]) => !['datagram', 'probe'].includes(what) && count > (before.get(what) ?? 0))
    .map(([what, count]) => `${what} ${count - (before.get(what) ?? 0)}`);
