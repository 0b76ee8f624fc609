/** One simulated host: a machine with a disk, a container engine and, while it runs, an agent on the real loop. */
import { type Batch, createLoop, type Drivers, type Loop } from '../agent/loop.ts';
import type { Config } from '../protocol/config.ts';
import type { LinkTarget } from '../protocol/effect.ts';
import type { HostId } from '../protocol/identity.ts';
import { createHeartbeat, type HeartbeatState, stepHeartbeat } from '../protocol/membership/heartbeat.ts';
import { TICK_MS } from '../protocol/membership/heartbeat-timing.ts';
import type { HeartbeatInput } from '../protocol/membership/heartbeat-types.ts';
import type { ZoneHost, ZoneService } from '../protocol/naming/zone-view.ts';
import { hash32, nextFraction, type Random } from '../protocol/random.ts';
import {
  attach,
  createEngine,
  detach,
  type EngineModel,
  type ImageModel,
  perform,
  restart,
} from '../protocol/rehearse/engine.ts';
import type { HostFacts } from '../protocol/state.ts';
import type { Millis } from '../protocol/time.ts';
import type { Message } from '../protocol/wire/message.ts';
import { countBatch, countLog, countRare } from './counters.ts';
import { chainOf, createCrypto, createMac, hostIdOf, MESH } from './crypto.ts';
import { crash, crashAtBoundary, createDisk, type Disk, read, write } from './disk.ts';
import { after, fold, streamOf, type World } from './world.ts';

/** What an agent asks of the network; network.ts gives it. */
export interface Wire {
  datagram(from: Host, address: string, port: number, bytes: Uint8Array): void;
  send(from: Host, to: HostId, message: Message): void;
  broadcast(from: Host, message: Message): void;
  setLinks(from: Host, ring: LinkTarget[], known: LinkTarget[]): void;
  probe(
    from: Host,
    address: string,
    port: number,
    timeoutMs: Millis,
    done: Parameters<Drivers['probe']>[3],
  ): void;
  opened(agent: Agent): void;
  /** the agent's sockets are closed by its kernel, or vanish with its machine */
  closed(host: Host, agent: Agent): void;
}

export interface Host {
  readonly name: string;
  readonly id: HostId;
  readonly world: World;
  readonly wire: Wire;
  readonly config: Config;
  readonly role: 'operator' | 'worker';
  labels: Record<string, string>;
  address: string;
  port: number;
  disk: Disk;
  engine: EngineModel;
  hasPower: boolean;
  boots: number;
  /** agent starts: kept beside the key, so that heartbeats of a host that lost its store are not taken for replays */
  starts: number;
  /** wall clock minus the true time */
  clockOffsetMs: Millis;
  /** share by which its wall clock is too fast, and since when */
  clockDrift: number;
  driftsSince: Millis;
  /** every turn of its agent comes so much later */
  slowMs: Millis;
  /** it left or was removed: nobody starts it again */
  isGone: boolean;
  /** it was linked with a member once: its agent knows whom to call */
  hasJoined: boolean;
  random: Random;
  agent: Agent | null;
}

/** A running agent. */
export interface Agent {
  loop: Loop;
  machine: HeartbeatState;
  process: Process;
}

export interface Process {
  isAlive: boolean;
  /** the main loop turns no sooner than this; heartbeats go on */
  stalledUntil: Millis;
  stalledSince: Millis;
  /** what waits while the whole process is frozen; null: it is not */
  frozen: (() => void)[] | null;
  zone: { services: Map<string, ZoneService>; hosts: ZoneHost[] };
  logs: { at: Millis; level: string; text: string; data: Record<string, unknown> }[];
}

export const TRUE_WALL_MS = 1_772_323_200_000;
const START_AGENT_MS = 80;
const LOGS_KEPT = 5_000;

export interface HostOptions {
  name: string;
  address: string;
  config: Config;
  role?: 'operator' | 'worker';
  labels?: Record<string, string>;
  image?: (name: string) => Partial<ImageModel>;
  memoryBytes?: number;
}

export function createHost(world: World, wire: Wire, options: HostOptions): Host {
  const { name, address, config, role = 'operator', labels = {}, image = () => ({}), memoryBytes } = options;
  const engineWorld = {
    after: (ms: Millis, run: () => void) => after(world, ms, run),
    random: streamOf(world, `engine ${name}`),
    image,
  };
  return {
    name,
    id: hostIdOf(name),
    world,
    wire,
    config,
    role,
    labels,
    address,
    port: 7946,
    disk: createDisk(streamOf(world, `disk ${name}`)),
    engine: createEngine(engineWorld, {
      startId: `${name}-engine-0`,
      ...(memoryBytes ? { memoryBytes } : {}),
    }),
    hasPower: true,
    boots: 0,
    starts: 0,
    clockOffsetMs: 0,
    clockDrift: 0,
    driftsSince: 0,
    slowMs: 0,
    isGone: false,
    hasJoined: false,
    random: streamOf(world, `host ${name}`),
    agent: null,
  };
}

/** Runs in that process: not when it is dead, later when it is frozen. */
export function enter(process: Process, run: () => void): void {
  if (!process.isAlive) return;
  if (process.frozen) process.frozen.push(run);
  else run();
}

export function startAgent(host: Host): void {
  if (host.agent || !host.hasPower || host.isGone) return;
  const { world, disk, config } = host;
  host.starts += 1;
  const { rows, meta } = read(disk);
  const process: Process = {
    isAlive: true,
    stalledUntil: 0,
    stalledSince: 0,
    frozen: null,
    zone: { services: new Map(), hosts: [] },
    logs: [],
  };
  const identity = {
    self: host.id,
    mesh: MESH,
    role: host.role,
    chain: chainOf(host.name, host.role, TRUE_WALL_MS),
  };
  const seed = hash32(`${world.seed} ${host.name} ${host.starts}`);
  const restored = { identity, facts: factsOf(host), rows, meta, seed };
  const loop = createLoop(config, restored, createCrypto(host.name), driversOf(host, process));
  const heartbeats = { mesh: MESH, self: host.id, epoch: meta.epoch, starts: host.starts };
  const machine = createHeartbeat(heartbeats, createMac(host.id), config.tunables);
  host.agent = { loop, machine, process };
  host.wire.opened(host.agent);
  const begin = (): void => {
    loop.post({ kind: 'start' });
    attach(host.engine, (event) => enter(process, () => loop.post({ kind: 'engine', event })));
    tickHeartbeat(host, process);
  };
  after(world, START_AGENT_MS * nextFraction(host.random), () => enter(process, begin));
}

const factsOf = (host: Host): HostFacts => ({
  name: host.name,
  address: host.address,
  port: host.port,
  labels: host.labels,
  boot: `${host.name}-boot-${host.boots}`,
  version: '0.1.0',
});

/** kill -9: sockets are closed by the kernel, containers run on. */
export function killAgent(host: Host): void {
  const { agent } = host;
  if (!agent) return;
  host.disk.crashAt = null;
  agent.process.isAlive = false;
  agent.loop.stop();
  host.agent = null;
  detach(host.engine);
  crash(host.disk);
  host.wire.closed(host, agent);
}

/** The agent ends at a persist boundary; its machine, too, half of the time. */
function crashNow(host: Host, batch: Batch): void {
  countRare(host.world, `crash ${host.disk.crashAt} a persist`);
  const takesAll = nextFraction(host.random) < 0.5;
  crashAtBoundary(host.disk, batch);
  after(host.world, 0, () => (takesAll ? cutPower(host) : killAgent(host)));
}

/** The machine is off: nothing says goodbye, every container has ended. */
export function cutPower(host: Host): void {
  host.hasPower = false;
  killAgent(host);
  restart(host.engine, `${host.name}-engine-${host.boots + 1}`);
}

export function boot(host: Host): void {
  if (host.hasPower || host.isGone) return;
  host.hasPower = true;
  host.boots += 1;
  startAgent(host);
}

/** The main loop stalls (a long synchronous piece of work); the heartbeat thread and the kernel go on. */
export function stallMain(host: Host, ms: Millis): void {
  if (!host.agent) return;
  host.agent.process.stalledSince = host.world.now;
  // A shorter stall on top of a longer one does not end it.
  host.agent.process.stalledUntil = Math.max(host.agent.process.stalledUntil, host.world.now + ms);
}

export function freeze(host: Host, ms: Millis): void {
  const process = host.agent?.process;
  if (!process || process.frozen) return;
  process.frozen = [];
  after(host.world, ms, () => thaw(process));
}

export function thaw(process: Process): void {
  const waiting = process.frozen ?? [];
  process.frozen = null;
  for (const run of waiting) enter(process, run);
}

/** Each host's monotonic clock started at another moment. */
const monotonic = (host: Host): Millis => host.world.now + (hash32(host.name) % 1_000_000) * host.boots;
function wall({ world, clockOffsetMs, clockDrift, driftsSince }: Host): Millis {
  return Math.floor(TRUE_WALL_MS + world.now + clockOffsetMs + clockDrift * (world.now - driftsSince));
}

/** From now on it runs too fast by this share; what it has gained stays. */
export function setDrift(host: Host, share: number): void {
  host.clockOffsetMs += Math.round(host.clockDrift * (host.world.now - host.driftsSince));
  host.clockDrift = share;
  host.driftsSince = host.world.now;
}

function driversOf(host: Host, process: Process): Drivers {
  const { world, wire, disk } = host;
  const later = (ms: Millis, run: () => void): void => after(world, ms, () => enter(process, run));
  const leaves = (text: string): void => fold(world, `${host.name} ${text}`);
  return {
    now: () => monotonic(host),
    wall: () => wall(host),
    after: later,
    soon: (run) => later(Math.max(host.slowMs, process.stalledUntil - world.now), run),
    persist: (batch, done) => {
      leaves(`persist ${batch.put.length} ${batch.remove.length} ${batch.meta.seq}`);
      countBatch(world, host.id, batch);
      if (disk.crashAt) return crashNow(host, batch);
      write(world, disk, batch, (error) => enter(process, () => done(error)));
    },
    reload: (done) => later(2, () => done(read(disk))),
    send: (to, message) => {
      leaves(`send ${to} ${message.type}`);
      wire.send(host, to, message);
    },
    broadcast: (message) => {
      leaves(`broadcast ${message.type === 'rows' ? message.rows.length : 0}`);
      wire.broadcast(host, message);
    },
    links: (ring, known) => wire.setLinks(host, ring, known),
    // simulated links have no retransmission back-off that a drop would spare
    drop: () => undefined,
    heartbeat: (feed) => later(0, () => stepMachine(host, { kind: 'feed', feed })),
    engine: (op) => {
      leaves(`${op.op} ${op.op === 'start' ? op.container.name : op.op === 'stop' ? op.name : ''}`);
      perform(host.engine, op);
    },
    probe: (address, port, timeoutMs, done) =>
      wire.probe(host, address, port, timeoutMs, (outcome) => enter(process, () => done(outcome))),
    zone: ({ services, hosts }) => {
      for (const [id, service] of services) {
        if (service) process.zone.services.set(id, service);
        else process.zone.services.delete(id);
      }
      process.zone.hosts = hosts ?? process.zone.hosts;
    },
    log: (level, text, data) => {
      countLog(world, text);
      process.logs.push({ at: world.now, level, text, data });
      if (process.logs.length > LOGS_KEPT) process.logs.shift();
    },
  };
}

function tickHeartbeat(host: Host, process: Process): void {
  const { world } = host;
  after(world, TICK_MS + nextFraction(host.random), () => enter(process, () => tickHeartbeat(host, process)));
  const mainAgeMs = process.stalledUntil > world.now ? world.now - process.stalledSince : 0;
  stepMachine(host, { kind: 'tick', mainAgeMs });
}

type Happening = HeartbeatInput extends infer I
  ? I extends unknown
    ? Omit<I, 'now' | 'wall'>
    : never
  : never;

export function stepMachine(host: Host, happening: Happening): void {
  if (!host.agent) return;
  const { machine, loop } = host.agent;
  for (const effect of stepHeartbeat(machine, { ...happening, now: monotonic(host), wall: wall(host) })) {
    if (effect.kind === 'datagram') host.wire.datagram(host, effect.address, effect.port, effect.bytes);
    else {
      const { kind, ...report } = effect;
      loop.post({ kind: 'heartbeat', report });
    }
  }
}
