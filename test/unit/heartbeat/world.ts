/** A small world of heartbeat machines under virtual time: lossy links, frozen and dead hosts, stalled main loops. */
import type { HostId } from '../../../protocol/identity.ts';
import {
  createHeartbeat,
  type HeartbeatState,
  stepHeartbeat,
} from '../../../protocol/membership/heartbeat.ts';
import type {
  HeartbeatInput,
  HeartbeatPeer,
  HeartbeatReport,
  PairMac,
} from '../../../protocol/membership/heartbeat-types.ts';
import { createRandom, hash32, nextBelow, nextFraction, type Random } from '../../../protocol/random.ts';

export const TUNABLES = { heartbeatMs: 1_000, silenceFloorMs: 2_200, silenceCeilingMs: 5_000 };
export const IP_UDP_BYTES = 28;
/** the monotonic clock does not start at 0, and wall clocks are another matter */
const START_MS = 5_000_000;
const WALL_MS = 1_800_000_000_000;

export interface Timed {
  at: number;
  by: HostId;
  report: HeartbeatReport;
}

export interface TestHost {
  id: HostId;
  address: string;
  machine: HeartbeatState;
  peers: HeartbeatPeer[];
  digest: [number, number];
  isDead: boolean;
  isFrozen: boolean;
  mainTurnAt: number | undefined;
  inbox: Datagram[];
  sentBytes: number;
}

interface Datagram {
  bytes: Uint8Array;
  address: string;
}

export interface World {
  now: number;
  random: Random;
  loss: number;
  hosts: TestHost[];
  reports: Timed[];
  /** every datagram that left, for those who want to replay it */
  wire: { from: HostId; to: HostId; bytes: Uint8Array }[];
  due: Map<number, (() => void)[]>;
}

export const idOf = (i: number): HostId =>
  hash32(`host ${i}`).toString(36).padStart(7, '0').repeat(4).slice(0, 25);

/** As symmetric and as bound to receiver and bytes as the real one, only not secret. */
export const testMac =
  (self: HostId): PairMac =>
  (peer, bytes) => {
    const text = [self, peer].sort().join() + String.fromCharCode(...bytes);
    const tag = new Uint8Array(8);
    new DataView(tag.buffer).setUint32(0, hash32(text));
    new DataView(tag.buffer).setUint32(4, hash32(`${text}again`));
    return tag;
  };

export const machineOf = (id: HostId, starts = 1, after = 0): HeartbeatState =>
  createHeartbeat({ mesh: 'mesh', self: id, epoch: 1, starts }, testMac(id), TUNABLES, after);

type Links = (from: number, to: number) => { beat?: boolean; watch?: boolean; feel?: boolean };
export const everybody: Links = () => ({ beat: true, watch: true });

export function createWorld(size: number, links: Links, { seed = 1, loss = 0 } = {}): World {
  const world: World = {
    now: START_MS,
    random: createRandom(seed),
    loss,
    hosts: [],
    reports: [],
    wire: [],
    due: new Map(),
  };
  world.hosts = Array.from({ length: size }, (_, i) => createHost(i, size, links));
  for (const host of world.hosts) {
    later(world, nextBelow(world.random, 100), () => feed(world, host));
    later(world, nextBelow(world.random, 100), () => tick(world, host));
  }
  return world;
}

function createHost(i: number, size: number, links: Links): TestHost {
  const others = Array.from({ length: size }, (_, j) => j).filter((j) => j !== i);
  return {
    id: idOf(i),
    address: `10.0.0.${i + 1}`,
    machine: machineOf(idOf(i)),
    peers: others.map((j) => peerOf(j, links(i, j))),
    digest: [7, 7],
    isDead: false,
    isFrozen: false,
    mainTurnAt: undefined,
    inbox: [],
    sentBytes: 0,
  };
}

export const peerOf = (i: number, flags: Partial<HeartbeatPeer> = {}): HeartbeatPeer => ({
  host: idOf(i),
  address: `10.0.0.${i + 1}`,
  port: 7946,
  dh: new Uint8Array(32),
  beat: false,
  watch: false,
  feel: false,
  ...flags,
});

export function feed(world: World, host: TestHost): void {
  const index = world.hosts.indexOf(host);
  const load = { cpuMille: 100 * index, memoryMille: 10 * index, containers: index };
  step(world, host, { kind: 'feed', feed: { peers: host.peers, digest: host.digest, incarnation: 3, load } });
}

export function runFor(world: World, ms: number): void {
  for (const end = world.now + ms; world.now < end; ) {
    world.now++;
    const actions = world.due.get(world.now) ?? [];
    world.due.delete(world.now);
    for (const action of actions) action();
  }
}

/** After a thaw the kernel hands over all that has arrived meanwhile. */
export function thaw(world: World, host: TestHost): void {
  host.isFrozen = false;
  for (const datagram of host.inbox.splice(0)) deliver(world, host, datagram);
}

export const reportsOf = (world: World, kind: HeartbeatReport['report'], since = 0): Timed[] =>
  world.reports.filter(({ at, report }) => report.report === kind && at >= since);

function tick(world: World, host: TestHost): void {
  later(world, 95 + nextBelow(world.random, 11), () => tick(world, host));
  if (host.isFrozen) return;
  step(world, host, { kind: 'tick', mainAgeMs: world.now - (host.mainTurnAt ?? world.now) });
}

type Happening = HeartbeatInput extends infer I
  ? I extends unknown
    ? Omit<I, 'now' | 'wall'>
    : never
  : never;

function step(world: World, host: TestHost, happening: Happening): void {
  if (host.isDead) return;
  const clocks = { now: world.now, wall: WALL_MS + world.now };
  for (const effect of stepHeartbeat(host.machine, { ...happening, ...clocks })) {
    if (effect.kind === 'report') world.reports.push({ at: world.now, by: host.id, report: effect });
    else {
      host.sentBytes += effect.bytes.length + IP_UDP_BYTES;
      world.wire.push({ from: host.id, to: effect.host, bytes: effect.bytes });
      carry(world, host, effect.address, effect.bytes);
    }
  }
}

function carry(world: World, from: TestHost, address: string, bytes: Uint8Array): void {
  if (nextFraction(world.random) < world.loss) return;
  const datagram = { bytes, address: from.address };
  later(world, 1 + nextBelow(world.random, 5), () => {
    const to = world.hosts.find((host) => host.address === address);
    if (to !== undefined) deliver(world, to, datagram);
  });
}

export function deliver(world: World, to: TestHost, datagram: Datagram): void {
  if (to.isFrozen) to.inbox.push(datagram);
  else step(world, to, { kind: 'datagram', ...datagram, port: 7946 });
}

function later(world: World, ms: number, action: () => void): void {
  const at = world.now + Math.max(1, ms);
  world.due.set(at, [...(world.due.get(at) ?? []), action]);
}
