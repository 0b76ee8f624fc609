/**
 * The loop between the core and the world: inputs queue, every turn takes what is queued, steps the core and runs the
 * effects in their order: persist (one synced batch for the whole turn), then everything that leaves, then timers.
 * It decides nothing. Its drivers are arguments, so that the simulator runs this very file (rules R8, V7).
 */
import { createAgent, type Restored, step } from '../protocol/agent.ts';
import type { Config } from '../protocol/config.ts';
import type { CommandResult, Effect, LinkTarget, Meta } from '../protocol/effect.ts';
import type { EngineEvent, EngineOp } from '../protocol/engine.ts';
import { failure } from '../protocol/errors.ts';
import type { HostId } from '../protocol/identity.ts';
import type { Command, Event, ProbeOutcome, RequestId } from '../protocol/input.ts';
import type { HeartbeatFeed } from '../protocol/membership/heartbeat-types.ts';
import type { ZoneDelta } from '../protocol/naming/zone-view.ts';
import { type Row, type RowKey, rowKey } from '../protocol/records/row.ts';
import type { State } from '../protocol/state.ts';
import type { Millis } from '../protocol/time.ts';
import type { Crypto } from '../protocol/trust/crypto.ts';
import type { Message } from '../protocol/wire/message.ts';

export interface Batch {
  put: Row[];
  remove: RowKey[];
  meta: Meta;
}

/** Everything the loop needs of the world. Callbacks, not promises: virtual time has no event loop of its own. */
export interface Drivers {
  now(): Millis;
  wall(): Millis;
  after(ms: Millis, run: () => void): void;
  /** runs a turn soon, once everything that arrives at this moment is queued */
  soon(run: () => void): void;
  persist(batch: Batch, done: (error: string | null) => void): void;
  /** what the store holds now: read again after a failed persist */
  reload(done: (held: { rows: Row[]; meta: Meta }) => void): void;
  send(to: HostId, message: Message): void;
  broadcast(message: Message): void;
  links(ring: LinkTarget[], known: LinkTarget[]): void;
  drop(host: HostId): void;
  heartbeat(feed: HeartbeatFeed): void;
  engine(op: EngineOp): void;
  probe(address: string, port: number, timeoutMs: Millis, done: (outcome: ProbeOutcome) => void): void;
  zone(delta: ZoneDelta): void;
  log(level: 'debug' | 'info' | 'warn' | 'error', text: string, data: Record<string, unknown>): void;
}

export interface Loop {
  post(event: Event): void;
  command(command: Command, done: (result: CommandResult) => void): void;
  /** reads the core's state between turns; must not change it */
  read<T>(query: (state: State) => T): T;
  /** no further turn runs; nothing is persisted any more */
  stop(): void;
}

const RETRY_MS = 1_000;
const MAX_TURN = 512;
/** So many failing steps within a minute are no longer one bad input. */
const MAX_CRASHES = 20;
const CRASH_WINDOW_MS = 60_000;

/** Everything a loop remembers between turns. */
interface Runner {
  readonly config: Config;
  readonly restored: Restored;
  readonly crypto: Crypto;
  readonly drivers: Drivers;
  state: State;
  queue: Event[];
  /** the store works: no turn runs meanwhile, inputs queue */
  busy: boolean;
  stopped: boolean;
  nextRequest: RequestId;
  readOnly: boolean;
  /** foreign rows seen while the store refuses */
  backlog: { put: Map<RowKey, Row>; remove: Set<RowKey> };
  callers: Map<RequestId, (result: CommandResult) => void>;
  /** what the core must be told again if its memory has to be thrown away */
  peers: Set<HostId>;
  engineUp: EngineEvent | null;
  /** services in the zone as it was last told: a new core must take back those that are gone */
  named: Set<string>;
  crashes: Millis[];
}

export function createLoop(config: Config, restored: Restored, crypto: Crypto, drivers: Drivers): Loop {
  const runner: Runner = {
    config,
    restored,
    crypto,
    drivers,
    state: createAgent(config, restored, crypto),
    queue: [],
    busy: false,
    stopped: false,
    nextRequest: 1,
    readOnly: false,
    backlog: { put: new Map(), remove: new Set() },
    callers: new Map(),
    peers: new Set(),
    engineUp: null,
    named: new Set(),
    crashes: [],
  };
  return {
    post: (event) => post(runner, event),
    command: (command, done) => {
      const request = runner.nextRequest++;
      runner.callers.set(request, done);
      post(runner, { kind: 'command', request, command });
    },
    read: (query) => query(runner.state),
    stop: () => {
      runner.stopped = true;
    },
  };
}

function post(runner: Runner, event: Event): void {
  if (runner.stopped) return;
  remember(runner, event);
  runner.queue.push(event);
  if (!runner.busy && runner.queue.length === 1) runner.drivers.soon(() => turn(runner));
}

function remember(runner: Runner, event: Event): void {
  if (event.kind === 'peerUp') runner.peers.add(event.host);
  else if (event.kind === 'peerDown') runner.peers.delete(event.host);
  else if (event.kind === 'engine' && event.event.event === 'up') runner.engineUp = event.event;
  else if (event.kind === 'engine' && event.event.event === 'down') runner.engineUp = null;
}

function turn(runner: Runner): void {
  if (runner.busy || runner.stopped) return;
  const events = runner.queue.splice(0, MAX_TURN);
  const effects: Effect[] = [];
  for (const event of events) {
    const crashed = runStep(runner, event, effects);
    if (crashed === null) continue;
    // Half a step may have happened: nothing of this turn may leave, and memory starts anew from the disk.
    answerFailed(runner, events, crashed);
    return reload(runner, false, crashed);
  }
  if (events.length > 0) commit(runner, events, effects);
}

/** null, or the error of a step that failed. */
function runStep({ state, drivers, crashes }: Runner, event: Event, effects: Effect[]): string | null {
  try {
    effects.push(...step(state, { now: drivers.now(), wall: drivers.wall(), ...event }));
    return null;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    drivers.log('error', 'a step failed: its input is dropped', { event: event.kind, error: text });
    crashes.push(drivers.now());
    if (crashes.length > MAX_CRASHES) crashes.shift();
    const oldest = crashes[0] ?? 0;
    if (crashes.length === MAX_CRASHES && drivers.now() - oldest < CRASH_WINDOW_MS) throw error;
    return text;
  }
}

function commit(runner: Runner, events: Event[], effects: Effect[]): void {
  const batch = joinBatches(effects);
  if (!batch) return finish(runner, effects);
  if (runner.readOnly) {
    keepForLater(runner, batch);
    return finish(runner, effects);
  }
  runner.busy = true;
  runner.drivers.persist(batch, (error) => {
    runner.busy = false;
    if (runner.stopped) return;
    if (error === null) return finish(runner, effects);
    answerFailed(runner, events, error);
    reload(runner, true, error);
  });
}

function finish(runner: Runner, effects: Effect[]): void {
  for (const effect of effects) if (effect.kind !== 'timer') run(runner, effect);
  for (const effect of effects) if (effect.kind === 'timer') run(runner, effect);
  if (!runner.busy && runner.queue.length > 0) runner.drivers.soon(() => turn(runner));
}

function run(runner: Runner, effect: Effect): void {
  const { drivers } = runner;
  switch (effect.kind) {
    case 'persist':
      return;
    case 'send':
      return drivers.send(effect.to, effect.message);
    case 'broadcast':
      return drivers.broadcast(effect.message);
    case 'engine':
      return drivers.engine(effect.op);
    case 'probe':
      return drivers.probe(effect.address, effect.port, effect.timeoutMs, (outcome) =>
        post(runner, { kind: 'probed', probe: effect.probe, outcome }),
      );
    case 'links':
      return drivers.links(effect.ring, effect.known);
    case 'drop':
      return drivers.drop(effect.host);
    case 'heartbeat':
      return drivers.heartbeat(effect.feed);
    case 'zone':
      noteNamed(runner, effect.delta);
      return drivers.zone(effect.delta);
    case 'reply':
      return answer(runner, effect.request, effect.result);
    case 'timer':
      return drivers.after(effect.afterMs, () =>
        post(runner, { kind: 'timer', timer: effect.timer, token: effect.token }),
      );
    case 'log':
      return drivers.log(effect.level, effect.text, effect.data);
  }
}

function noteNamed({ named }: Runner, { services }: ZoneDelta): void {
  for (const [id, service] of services) {
    if (service) named.add(id);
    else named.delete(id);
  }
}

function answer({ callers }: Runner, request: RequestId, result: CommandResult): void {
  callers.get(request)?.(result);
  callers.delete(request);
}

function answerFailed(runner: Runner, events: Event[], reason: string): void {
  const message = `nothing was done: this host could not store it (${reason.split('\n')[0]})`;
  for (const event of events) {
    if (event.kind !== 'command') continue;
    answer(runner, event.request, { ok: false, failure: failure('READ_ONLY', message) });
  }
}

/** Throws the core's memory away and starts it from the disk; `full`: the store itself refused (rule R8). */
function reload(runner: Runner, full: boolean, reason: string): void {
  const { drivers } = runner;
  runner.busy = true;
  drivers.reload((held) => {
    runner.busy = false;
    if (runner.stopped) return;
    const { config, crypto, restored, named } = runner;
    runner.state = createAgent(config, { ...restored, ...held, named }, crypto);
    answerUnconfirmed(runner);
    runner.queue = [
      ...toldAgain(runner, full ? reason : null),
      ...runner.queue.filter((event) => event.kind !== 'timer'),
    ];
    if (runner.engineUp) drivers.engine({ op: 'inventory' });
    if (full && !runner.readOnly) {
      runner.readOnly = true;
      drivers.after(RETRY_MS, () => retryStore(runner));
    }
    drivers.soon(() => turn(runner));
  });
}

/** What a core that starts anew has to know, before anything else reaches it. */
function toldAgain({ peers, engineUp }: Runner, storeFailure: string | null): Event[] {
  const events: Event[] = [];
  if (storeFailure !== null) events.push({ kind: 'storeFailed', reason: storeFailure });
  events.push({ kind: 'start' });
  for (const host of peers) events.push({ kind: 'peerUp', host });
  if (engineUp) events.push({ kind: 'engine', event: engineUp });
  return events;
}

/** Commands whose rows are on disk but whose confirmations the old memory was waiting for. */
function answerUnconfirmed(runner: Runner): void {
  const waiting = new Set(runner.queue.flatMap((event) => (event.kind === 'command' ? [event.request] : [])));
  const message = 'this host has stored it, then had to load its state anew: ask it what is there';
  for (const request of [...runner.callers.keys()]) {
    if (!waiting.has(request)) answer(runner, request, { ok: false, failure: failure('TIMED_OUT', message) });
  }
}

/** In memory only, never confirmed to anybody, stored when the store works again. */
function keepForLater({ backlog }: Runner, batch: Batch): void {
  for (const row of batch.put) {
    backlog.put.set(rowKey(row), row);
    backlog.remove.delete(rowKey(row));
  }
  for (const key of batch.remove) {
    backlog.put.delete(key);
    backlog.remove.add(key);
  }
}

function retryStore(runner: Runner): void {
  const { backlog, drivers } = runner;
  const again = (): void => drivers.after(RETRY_MS, () => retryStore(runner));
  if (runner.stopped) return;
  if (runner.busy) return again();
  runner.busy = true;
  const batch: Batch = {
    put: [...backlog.put.values()],
    remove: [...backlog.remove],
    meta: { ...runner.state.meta },
  };
  drivers.persist(batch, (error) => {
    runner.busy = false;
    if (runner.stopped) return;
    if (error !== null) again();
    else {
      runner.readOnly = false;
      for (const row of batch.put) backlog.put.delete(rowKey(row));
      for (const key of batch.remove) backlog.remove.delete(key);
      // Behind the news that it failed, which may still wait when the main loop stalled.
      runner.queue.push({ kind: 'storeWorks' });
    }
    if (runner.queue.length > 0) drivers.soon(() => turn(runner));
  });
}

/** All persists of a turn as one batch, later ones over earlier ones; null when there is none. */
export function joinBatches(effects: Effect[]): Batch | null {
  const put = new Map<RowKey, Row>();
  const remove = new Set<RowKey>();
  let meta: Meta | null = null;
  for (const effect of effects) {
    if (effect.kind !== 'persist') continue;
    for (const key of effect.remove) {
      put.delete(key);
      remove.add(key);
    }
    for (const row of effect.put) {
      put.set(rowKey(row), row);
      remove.delete(rowKey(row));
    }
    meta = effect.meta;
  }
  return meta ? { put: [...put.values()], remove: [...remove], meta } : null;
}
