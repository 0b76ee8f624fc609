import type { ClaimId, ContainerPlan, EngineOp, ObservedContainer } from '../../protocol/engine.ts';
import { type Gate, gate } from './gate.ts';
import { type Lanes, lanes } from './lanes.ts';
import { lineOf } from './one-line.ts';
import { backOff, delay } from './pace.ts';
import type { Reporter } from './reporter.ts';
import type { Timing } from './timing.ts';

export type StopOp = { name: string; claim: ClaimId; graceMs: number };

/** What an engine can do; each throws one line when it fails. */
export interface Driver {
  /** why nothing can be done at present, or null */
  outage(): string | null;
  /** makes an image present; an engine without images has nothing to do */
  pull(image: string): Promise<void>;
  /** creates and starts, or adopts; asks between its steps whether a stop has come meanwhile */
  start(plan: ContainerPlan, unwanted: () => boolean): Promise<ObservedContainer>;
  /** one attempt; returns when nothing of that name and claim is left */
  stop(op: StopOp): Promise<void>;
  list(): Promise<ObservedContainer[]>;
  /** what is at that name now, null when nothing of ours */
  look(name: string): Promise<ObservedContainer | null>;
}

export interface Operations {
  perform(op: EngineOp): void;
  /** looks at a container once the operations on its name are done, and tells what changed */
  observe(name: string): void;
}

/** Starts at once: more make each slower. A start that hangs passes its place on after a while. */
const STARTS = { width: 4, holdMs: 15_000 };
/** Stops wait for their grace, not for the engine: their places are passed on quickly. */
const STOPS = { width: 16, holdMs: 1_000 };
const PULLS = { width: 3, holdMs: 60_000 };

interface Desk {
  driver: Driver;
  events: Reporter;
  log: (line: string) => void;
  timing: Timing;
  closing: AbortSignal;
  byName: Lanes;
  starts: Gate;
  stops: Gate;
  pulls: Gate;
  pulling: Map<string, Promise<void>>;
  observing: Set<string>;
  /** the last operation asked for per name: a start gives way to a stop, a repeated stop is not queued twice */
  latest: Map<string, { stops: ClaimId | null }>;
}

/**
 * Turns operations into events: those of one container in their order, those of others side by side. A stop is
 * tried until the container is gone; `closing` ends everything without a word.
 */
export function operations(
  driver: Driver,
  events: Reporter,
  log: (line: string) => void,
  timing: Timing,
  closing: AbortSignal,
): Operations {
  const desk: Desk = {
    driver,
    events,
    log,
    timing,
    closing,
    byName: lanes(),
    starts: gate(STARTS.width, STARTS.holdMs),
    stops: gate(STOPS.width, STOPS.holdMs),
    pulls: gate(PULLS.width, PULLS.holdMs),
    pulling: new Map(),
    observing: new Set(),
    latest: new Map(),
  };
  return {
    perform: (op) => void performOne(desk, op),
    observe: (name) => void observe(desk, name),
  };
}

function performOne(desk: Desk, op: EngineOp): Promise<void> {
  switch (op.op) {
    case 'pull':
      return pull(desk, op.image);
    case 'start':
      return start(desk, op.container);
    case 'stop':
      return stop(desk, op);
    case 'inventory':
      return inventory(desk);
  }
}

function expectUp({ driver }: Desk): void {
  const outage = driver.outage();
  if (outage !== null) throw new Error(`the container engine is down: ${outage}`);
}

async function pull(desk: Desk, image: string): Promise<void> {
  const { driver, events, pulls, pulling } = desk;
  try {
    expectUp(desk);
    const shared = pulling.get(image) ?? pulls.run(() => driver.pull(image));
    pulling.set(image, shared);
    await shared.finally(() => pulling.delete(image));
    events.tell({ event: 'pulled', image });
  } catch (err) {
    events.tell({ event: 'pullFailed', image, reason: lineOf(err) });
  }
}

async function start(desk: Desk, plan: ContainerPlan): Promise<void> {
  const { driver, events, latest, closing, timing } = desk;
  const fail = (reason: string) => events.tell({ event: 'startFailed', claim: plan.claim, reason });
  const intent = { stops: null };
  latest.set(plan.name, intent);
  const unwanted = () => closing.aborted || (latest.get(plan.name)?.stops ?? null) !== null;
  const inTurn = await desk.byName.runWithin(plan.name, timing.turnMs, async () => {
    try {
      expectUp(desk);
      events.started(await desk.starts.run(() => driver.start(plan, unwanted)));
    } catch (err) {
      fail(lineOf(err));
    }
  });
  if (!inTurn) fail(`an earlier container ${plan.name} is still being removed`);
  if (latest.get(plan.name) === intent) latest.delete(plan.name);
}

async function stop(desk: Desk, op: StopOp): Promise<void> {
  const { latest, events, closing } = desk;
  if (latest.get(op.name)?.stops === op.claim) return;
  const intent = { stops: op.claim };
  latest.set(op.name, intent);
  await desk.byName.run(op.name, async () => {
    await stopUntilGone(desk, op);
    if (latest.get(op.name) === intent) latest.delete(op.name);
    if (!closing.aborted) events.gone(op.name, op.claim);
  });
}

async function stopUntilGone(desk: Desk, op: StopOp): Promise<void> {
  const { driver, stops, closing, timing, log } = desk;
  const pause = backOff(timing.stopRetryFirstMs, timing.stopRetryCeilingMs);
  for (let attempt = 1; !closing.aborted; attempt += 1) {
    try {
      expectUp(desk);
      return await (attempt === 1 ? stops.run(() => driver.stop(op)) : driver.stop(op));
    } catch (err) {
      if (attempt % 10 === 1) log(`container ${op.name} could not be removed, trying on: ${lineOf(err)}`);
    }
    await delay(driver.outage() === null ? pause.next() : timing.stopRetryFirstMs, closing);
  }
}

/** Several changes of one container that wait for their turn need one look. */
async function observe({ driver, events, log, byName, observing }: Desk, name: string): Promise<void> {
  if (observing.has(name)) return;
  observing.add(name);
  await byName.run(name, async () => {
    observing.delete(name);
    try {
      const container = await driver.look(name);
      if (container) events.changed(container);
      else events.vanished(name);
    } catch (err) {
      log(`cannot look at container ${name}: ${lineOf(err)}`);
    }
  });
}

async function inventory({ driver, events, log }: Desk): Promise<void> {
  // while the engine is down nothing is known; the inventory after `up` answers
  if (driver.outage() !== null) return;
  await events.inventory(driver.list).catch((err) => log(`cannot list the containers: ${lineOf(err)}`));
}
