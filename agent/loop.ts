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

export function createLoop(config: Config, restored: Restored, crypto: Crypto, drivers: Drivers): Loop {
  let state = createAgent(config, restored, crypto);
  let queue: Event[] = [];
  let busy = false;
  let stopped = false;
  let nextRequest: RequestId = 1;
  let readOnly = false;
  const backlog = { put: new Map<RowKey, Row>(), remove: new Set<RowKey>() };
  const callers = new Map<RequestId, (result: CommandResult) => void>();
  const peers = new Set<HostId>();
  let engineUp: EngineEvent | null = null;
  /** services in the zone as it was last told: a new core must take back those that are gone */
  const named = new Set<string>();
  const crashes: Millis[] = [];

  const post = (event: Event): void => {
    if (stopped) return;
    remember(event);
    queue.push(event);
    if (!busy && queue.length === 1) drivers.soon(turn);
  };

  /** What the core must be told again if its memory has to be thrown away. */
  const remember = (event: Event): void => {
    if (event.kind === 'peerUp') peers.add(event.host);
    else if (event.kind === 'peerDown') peers.delete(event.host);
    else if (event.kind === 'engine' && event.event.event === 'up') engineUp = event.event;
    else if (event.kind === 'engine' && event.event.event === 'down') engineUp = null;
  };

  const turn = (): void => {
    if (busy || stopped) return;
    const events = queue.splice(0, MAX_TURN);
    const effects: Effect[] = [];
    for (const event of events) {
      const crashed = runStep(event, effects);
      if (crashed === null) continue;
      // Half a step may have happened: nothing of this turn may leave, and memory starts anew from the disk.
      answerFailed(events, crashed);
      return reload(false, crashed);
    }
    if (events.length > 0) commit(events, effects);
  };

  const runStep = (event: Event, effects: Effect[]): string | null => {
    try {
      effects.push(...step(state, { now: drivers.now(), wall: drivers.wall(), ...event }));
      return null;
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      drivers.log('error', 'a step failed: its input is dropped', { event: event.kind, error: text });
      crashes.push(drivers.now());
      const recent = crashes.filter((at) => drivers.now() - at < CRASH_WINDOW_MS);
      if (recent.length > MAX_CRASHES) throw error;
      return text;
    }
  };

  const commit = (events: Event[], effects: Effect[]): void => {
    const batch = joinBatches(effects);
    if (!batch) return finish(effects);
    if (readOnly) {
      keepForLater(batch);
      return finish(effects);
    }
    busy = true;
    drivers.persist(batch, (error) => {
      busy = false;
      if (stopped) return;
      if (error === null) return finish(effects);
      answerFailed(events, error);
      reload(true, error);
    });
  };

  const finish = (effects: Effect[]): void => {
    for (const effect of effects) if (effect.kind !== 'timer') run(effect);
    for (const effect of effects) if (effect.kind === 'timer') run(effect);
    if (!busy && queue.length > 0) drivers.soon(turn);
  };

  const run = (effect: Effect): void => {
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
          post({ kind: 'probed', probe: effect.probe, outcome }),
        );
      case 'links':
        return drivers.links(effect.ring, effect.known);
      case 'drop':
        return drivers.drop(effect.host);
      case 'heartbeat':
        return drivers.heartbeat(effect.feed);
      case 'zone':
        noteNamed(effect.delta);
        return drivers.zone(effect.delta);
      case 'reply':
        return answer(effect.request, effect.result);
      case 'timer':
        return drivers.after(effect.afterMs, () =>
          post({ kind: 'timer', timer: effect.timer, token: effect.token }),
        );
      case 'log':
        return drivers.log(effect.level, effect.text, effect.data);
    }
  };

  const noteNamed = ({ services }: ZoneDelta): void => {
    for (const [id, service] of services) {
      if (service) named.add(id);
      else named.delete(id);
    }
  };

  const answer = (request: RequestId, result: CommandResult): void => {
    callers.get(request)?.(result);
    callers.delete(request);
  };

  const answerFailed = (events: Event[], reason: string): void => {
    const message = `nothing was done: this host could not store it (${reason.split('\n')[0]})`;
    for (const event of events) {
      if (event.kind === 'command')
        answer(event.request, { ok: false, failure: failure('READ_ONLY', message) });
    }
  };

  /** Throws the core's memory away and starts it from the disk; `full`: the store itself refused (rule R8). */
  const reload = (full: boolean, reason: string): void => {
    busy = true;
    drivers.reload((held) => {
      busy = false;
      if (stopped) return;
      state = createAgent(config, { ...restored, ...held, named }, crypto);
      const again: Event[] = [];
      if (full) again.push({ kind: 'storeFailed', reason });
      again.push({ kind: 'start' });
      for (const host of peers) again.push({ kind: 'peerUp', host });
      if (engineUp) again.push({ kind: 'engine', event: engineUp });
      queue = [...again, ...queue.filter((event) => event.kind !== 'timer')];
      if (engineUp) drivers.engine({ op: 'inventory' });
      if (full && !readOnly) {
        readOnly = true;
        drivers.after(RETRY_MS, retryStore);
      }
      drivers.soon(turn);
    });
  };

  /** Foreign rows seen while the store refuses: in memory only, never confirmed, stored when it works again. */
  const keepForLater = (batch: Batch): void => {
    for (const row of batch.put) {
      backlog.put.set(rowKey(row), row);
      backlog.remove.delete(rowKey(row));
    }
    for (const key of batch.remove) {
      backlog.put.delete(key);
      backlog.remove.add(key);
    }
  };

  const retryStore = (): void => {
    if (stopped) return;
    if (busy) return drivers.after(RETRY_MS, retryStore);
    busy = true;
    const batch: Batch = {
      put: [...backlog.put.values()],
      remove: [...backlog.remove],
      meta: { ...state.meta },
    };
    drivers.persist(batch, (error) => {
      busy = false;
      if (stopped) return;
      if (error !== null) drivers.after(RETRY_MS, retryStore);
      else {
        readOnly = false;
        for (const row of batch.put) backlog.put.delete(rowKey(row));
        for (const key of batch.remove) backlog.remove.delete(key);
        queue.unshift({ kind: 'storeWorks' });
      }
      if (queue.length > 0) drivers.soon(turn);
    });
  };

  return {
    post,
    command: (command, done) => {
      const request = nextRequest++;
      callers.set(request, done);
      post({ kind: 'command', request, command });
    },
    read: (query) => query(state),
    stop: () => {
      stopped = true;
    },
  };
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
