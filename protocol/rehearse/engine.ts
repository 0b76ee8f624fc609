/**
 * A container engine in virtual time: what dockerd does with the core's operations, how long it takes, and what is
 * left when its host loses power. It outlives the agent, which attaches to hear of events.
 */
import type {
  ContainerPlan,
  EngineEvent,
  EngineInfo,
  EngineOp,
  ObservedContainer,
  PortPlan,
} from '../engine.ts';
import { nextFraction, type Random } from '../random.ts';
import type { Millis } from '../time.ts';
import { noTrouble, type Trouble } from './trouble.ts';

/** How containers of an image behave. */
export interface ImageModel {
  pullMs: Millis;
  /** from the operation to the running process */
  startMs: Millis;
  /** with a health check: healthy after this; null: never */
  healthyMs: Millis | null;
  /** ends by itself after this with `exitCode`; null: runs for ever */
  exitMs: Millis | null;
  exitCode: number;
  /** from the stop signal to its end */
  stopMs: Millis;
  /** no registry has it */
  missing: boolean;
}

interface EngineWorld {
  after(ms: Millis, run: () => void): void;
  random: Random;
  image(name: string): Partial<ImageModel>;
}

interface Container {
  plan: ContainerPlan;
  seen: ObservedContainer;
  /** changes with every start and end: what was planned for an earlier run of it is void */
  run: number;
}

export interface EngineModel {
  world: EngineWorld;
  info: EngineInfo;
  isUp: boolean;
  images: Set<string>;
  containers: Map<string, Container>;
  /** names whose start or stop is under way */
  busy: Map<string, 'starting' | 'stopping'>;
  /** containers of somebody else with the host ports they hold: never to be touched */
  foreign: Map<string, number[]>;
  /** operations that named one of those, for checks */
  touched: string[];
  report: ((event: EngineEvent) => void) | null;
  created: number;
  /** every container that was started, for checks */
  started: { claim: string; name: string }[];
  trouble: Trouble;
}

const IMAGE: ImageModel = {
  pullMs: 400,
  startMs: 150,
  healthyMs: 500,
  exitMs: null,
  exitCode: 0,
  stopMs: 100,
  missing: false,
};
const INFO: Omit<EngineInfo, 'startId'> = {
  kind: 'docker',
  version: '28',
  os: 'linux',
  arch: 'x86_64',
  memoryBytes: 8 * 2 ** 30,
  nanoCpus: 4e9,
};
const LIST_MS = 8;
const AUDIT_MS = 60_000;
const FIRST_FREE_PORT = 32_768;

export const createEngine = (world: EngineWorld, info: Partial<EngineInfo> = {}): EngineModel => ({
  world,
  info: { ...INFO, startId: 'engine-1', ...info },
  isUp: true,
  images: new Set(),
  containers: new Map(),
  busy: new Map(),
  foreign: new Map(),
  touched: [],
  report: null,
  created: 0,
  started: [],
  trouble: noTrouble(),
});

/** The agent is there: it hears that the engine is up, then the inventory, then every event. */
export function attach(engine: EngineModel, report: (event: EngineEvent) => void): void {
  engine.report = report;
  if (engine.isUp) greet(engine);
  audit(engine);
}

/** The driver lists everything now and then, whatever the events said. */
function audit(engine: EngineModel): void {
  const { report } = engine;
  engine.world.after(AUDIT_MS, () => {
    if (report === null || engine.report !== report) return;
    inventory(engine);
    audit(engine);
  });
}

export const detach = (engine: EngineModel): void => {
  engine.report = null;
};

export function perform(engine: EngineModel, op: EngineOp): void {
  const name = op.op === 'start' ? op.container.name : op.op === 'stop' ? op.name : '';
  if (engine.foreign.has(name)) engine.touched.push(`${op.op} ${name}`);
  if (engine.trouble.hangs) return performHung(engine, op);
  switch (op.op) {
    case 'pull':
      return pull(engine, op.image);
    case 'start':
      return start(engine, op.container);
    case 'stop':
      return stop(engine, op.name, op.claim, op.graceMs);
    case 'inventory':
      return inventory(engine);
  }
}

/** A driver that knows of the outage refuses at once; stops are tried until they succeed. */
function performHung(engine: EngineModel, op: EngineOp): void {
  const { trouble } = engine;
  const reason = 'the container engine is down: no answer';
  if (trouble.isGivenUp && op.op === 'pull') tell(engine, { event: 'pullFailed', image: op.image, reason });
  else if (trouble.isGivenUp && op.op === 'start')
    tell(engine, { event: 'startFailed', claim: op.container.claim, reason });
  else if (op.op === 'stop' || !trouble.isGivenUp) {
    const { report } = engine;
    trouble.waiting.push(() => {
      if (engine.report === report) perform(engine, op);
    });
  }
}

const GIVEN_UP_AFTER_MS = 5_000;

/** It answers nothing from now on, until `recover`. */
export function hang(engine: EngineModel): void {
  const { trouble } = engine;
  if (trouble.hangs) return;
  trouble.hangs = true;
  engine.world.after(GIVEN_UP_AFTER_MS, () => {
    if (!trouble.hangs || engine.trouble !== trouble) return;
    trouble.isGivenUp = true;
    tell(engine, { event: 'down', reason: 'no answer' });
  });
}

/** Every trouble is over. */
export function recover(engine: EngineModel): void {
  const { isGivenUp, isMute, waiting } = engine.trouble;
  engine.trouble = noTrouble();
  for (const run of waiting) run();
  if (isGivenUp && engine.report) greet(engine);
  else if (isMute) inventory(engine);
}

/** A container's health check fails from now on. */
export function sicken(engine: EngineModel, name: string): void {
  const container = engine.containers.get(name);
  if (container?.seen.state !== 'running' || !container.plan.healthcheck) return;
  container.seen.health = 'unhealthy';
  changed(engine, container);
}

/** Somebody removes one of our containers by hand. */
export function takeAway(engine: EngineModel, name: string): void {
  const container = engine.containers.get(name);
  if (!container) return;
  engine.containers.delete(name);
  container.run += 1;
  if (!engine.trouble.isMute && !engine.trouble.hangs)
    tell(engine, { event: 'gone', name, claim: container.seen.claim });
}

/** Power is lost, or the engine is started anew: every container has ended, none is removed. */
export function restart(engine: EngineModel, startId: string): void {
  for (const container of engine.containers.values()) {
    if (container.seen.state === 'running') ended(container, 137);
    container.run += 1;
  }
  engine.busy.clear();
  const { waiting } = engine.trouble;
  engine.trouble = noTrouble();
  engine.info = { ...engine.info, startId };
  for (const run of waiting) run();
  if (engine.report) greet(engine);
}

/** A container ends by itself or by somebody's hand. */
export function die(engine: EngineModel, name: string, exitCode: number): void {
  const container = engine.containers.get(name);
  if (container?.seen.state !== 'running') return;
  ended(container, exitCode);
  changed(engine, container);
}

export const running = (engine: EngineModel): ObservedContainer[] =>
  [...engine.containers.values()].map(({ seen }) => seen).filter(({ state }) => state === 'running');

/** Does something on this host accept connections at that port? */
export const listens = (engine: EngineModel, port: number): boolean =>
  running(engine).some((seen) => seen.ports.some((p) => p.protocol === 'tcp' && p.published === port));

const imageOf = (engine: EngineModel, name: string): ImageModel => ({
  ...IMAGE,
  ...engine.world.image(name),
});
/** Around `ms`: hosts are never in step. */
const about = (engine: EngineModel, ms: Millis): Millis =>
  ms * (0.8 + 0.4 * nextFraction(engine.world.random));
/** Draws nothing for what never happens. */
const isDrawn = (engine: EngineModel, share: number): boolean =>
  share > 0 && nextFraction(engine.world.random) < share;
const tell = (engine: EngineModel, event: EngineEvent): void => engine.report?.(event);
function changed(engine: EngineModel, { seen }: Container): void {
  const { isMute, hangs } = engine.trouble;
  if (hangs) engine.trouble.isMute = true;
  else if (!isMute) tell(engine, { event: 'changed', container: { ...seen } });
}

function greet(engine: EngineModel): void {
  const { report } = engine;
  engine.world.after(about(engine, LIST_MS), () => {
    if (engine.report !== report) return;
    if (engine.trouble.hangs) return void engine.trouble.waiting.push(() => greetAgain(engine, report));
    tell(engine, { event: 'up', info: engine.info });
    inventory(engine);
  });
}

function greetAgain(engine: EngineModel, report: EngineModel['report']): void {
  if (engine.report === report) greet(engine);
}

function inventory(engine: EngineModel): void {
  const { report } = engine;
  engine.world.after(about(engine, LIST_MS), () => {
    if (engine.trouble.hangs) {
      engine.trouble.isMute = true;
      return;
    }
    if (engine.report !== report) return;
    const containers = [...engine.containers.values()].map(({ seen }) => ({ ...seen }));
    tell(engine, { event: 'inventory', containers });
  });
}

/** Tells only the agent that asked: one that was started meanwhile did not. */
function replier(engine: EngineModel): (event: EngineEvent) => void {
  const { report } = engine;
  return (event) => {
    if (engine.report === report) tell(engine, event);
  };
}

function pull(engine: EngineModel, image: string): void {
  const { missing, pullMs } = imageOf(engine, image);
  const reply = replier(engine);
  const ms = engine.images.has(image) ? 1 : pullMs * engine.trouble.pullFactor;
  engine.world.after(about(engine, ms), () => {
    if (engine.trouble.registryDown && !engine.images.has(image))
      return reply({ event: 'pullFailed', image, reason: 'the registry does not answer' });
    if (missing) return reply({ event: 'pullFailed', image, reason: 'not found' });
    engine.images.add(image);
    reply({ event: 'pulled', image });
  });
}

function start(engine: EngineModel, plan: ContainerPlan): void {
  const { name, claim } = plan;
  const known = engine.containers.get(name);
  const { startId } = engine.info;
  const reply = replier(engine);
  if (known?.seen.state === 'running') return reply({ event: 'started', container: { ...known.seen } });
  engine.busy.set(name, 'starting');
  engine.world.after(about(engine, imageOf(engine, plan.image).startMs), () => {
    const fail = (reason: string): void => reply({ event: 'startFailed', claim, reason });
    if (engine.info.startId !== startId) return fail('the engine was started anew');
    const unwanted = engine.busy.get(name) !== 'starting';
    if (!unwanted) engine.busy.delete(name);
    if (unwanted) return fail('it was stopped before it had started');
    if (isDrawn(engine, engine.trouble.failing)) return fail('server error 500');
    const taken = plan.ports.find((port) => port.published > 0 && isTaken(engine, port.published));
    if (taken) return fail(`port ${taken.published}/${taken.protocol} is already taken on this host`);
    const container = launch(engine, plan);
    if (isDrawn(engine, engine.trouble.timingOut)) fail('no answer in time');
    else reply({ event: 'started', container: { ...container.seen } });
    changed(engine, container);
  });
}

function launch(engine: EngineModel, plan: ContainerPlan): Container {
  const serial = ++engine.created;
  const seen: ObservedContainer = {
    id: `${engine.info.startId}-${serial}`,
    name: plan.name,
    claim: plan.claim,
    state: 'running',
    health: plan.healthcheck ? 'starting' : 'none',
    address: `172.17.${serial >> 8}.${serial & 255}`,
    ports: plan.ports.map((port) => ({ ...port, published: port.published || freePort(engine, serial) })),
  };
  const container = { plan, seen, run: 1 };
  engine.containers.set(plan.name, container);
  engine.started.push({ claim: plan.claim, name: plan.name });
  live(engine, container);
  return container;
}

/** What the running container does by itself. */
function live(engine: EngineModel, container: Container): void {
  const model = imageOf(engine, container.plan.image);
  const { run } = container;
  const later = (ms: Millis, act: () => void): void =>
    engine.world.after(about(engine, ms), () => {
      if (container.run !== run || engine.containers.get(container.seen.name) !== container) return;
      act();
      changed(engine, container);
    });
  if (model.exitMs !== null) later(model.exitMs, () => ended(container, model.exitCode));
  if (!container.plan.healthcheck) return;
  later(model.healthyMs ?? 3_000, () => {
    container.seen.health = model.healthyMs === null ? 'unhealthy' : 'healthy';
  });
}

function ended(container: Container, exitCode: number): void {
  container.run += 1;
  container.seen = { ...container.seen, state: 'exited', health: 'none', exitCode };
  delete container.seen.address;
}

function stop(engine: EngineModel, name: string, claim: string, graceMs: Millis): void {
  if (engine.busy.get(name) === 'stopping') return;
  const container = engine.containers.get(name);
  const ours = container?.seen.claim === claim ? container : undefined;
  const stopMs =
    ours?.seen.state === 'running' ? Math.min(graceMs, imageOf(engine, ours.plan.image).stopMs) : 5;
  engine.busy.set(name, 'stopping');
  const { info, report } = engine;
  engine.world.after(about(engine, stopMs), () => {
    if (engine.info.startId !== info.startId) {
      // The agent's driver tries on until the container is gone; one that died with its host does not.
      if (report && engine.report === report) stop(engine, name, claim, graceMs);
      return;
    }
    engine.busy.delete(name);
    if (engine.trouble.hangs)
      return void engine.trouble.waiting.push(() => {
        if (report && engine.report === report) stop(engine, name, claim, graceMs);
      });
    if (ours && engine.containers.get(name) === ours) engine.containers.delete(name);
    tell(engine, { event: 'gone', name, claim });
  });
}

const portsInUse = (engine: EngineModel): number[] => [
  ...[...engine.foreign.values()].flat(),
  ...running(engine).flatMap((seen) => seen.ports.map((port: PortPlan) => port.published)),
];
const isTaken = (engine: EngineModel, port: number): boolean => portsInUse(engine).includes(port);

function freePort(engine: EngineModel, serial: number): number {
  const used = new Set(portsInUse(engine));
  let port = FIRST_FREE_PORT + (serial % 20_000);
  while (used.has(port)) port += 1;
  return port;
}
