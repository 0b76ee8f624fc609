import { describe, expect, it } from 'vitest';
import {
  createWorld,
  everybody,
  feed,
  IP_UDP_BYTES,
  idOf,
  reportsOf,
  runFor,
  type Timed,
  type World,
} from './world.ts';

/** Each host beats to the next `degree` hosts of a ring and watches those before it. */
const ring =
  (size: number, degree: number) =>
  (from: number, to: number): { beat: boolean; watch: boolean } => ({
    beat: (to - from + size) % size <= degree,
    watch: (from - to + size) % size <= degree,
  });

function bytesPerSecond(world: World, seconds: number): number[] {
  const before = world.hosts.map(({ sentBytes }) => sentBytes);
  runFor(world, seconds * 1_000);
  return world.hosts.map(({ sentBytes }, i) => (sentBytes - before[i]!) / seconds);
}

const heardBy = (world: World, by: string, of: string, since = 0): Timed[] =>
  reportsOf(world, 'heard', since).filter(
    (timed) => timed.by === by && timed.report.report === 'heard' && timed.report.host === of,
  );

describe('bytes sent per host and second, IP and UDP headers included', () => {
  it('are 4 x 90 in a mesh of 5, and little more with losses', () => {
    for (const [loss, most] of [
      [0, 361],
      [0.1, 440],
      [0.25, 600],
    ] as const) {
      const world = createWorld(5, everybody, { loss });
      runFor(world, 10_000);
      for (const rate of bytesPerSecond(world, 120)) {
        expect(rate).toBeLessThanOrEqual(most);
        expect(rate).toBeGreaterThanOrEqual(359);
      }
    }
  });

  it('are below 400 in a ring with relayed loads, whatever its size', () => {
    for (const size of [10, 40]) {
      const world = createWorld(size, ring(size, 4));
      runFor(world, 10_000);
      for (const rate of bytesPerSecond(world, 60)) expect(rate).toBeLessThanOrEqual(400);
    }
  });

  it('leave in no bursts', () => {
    const world = createWorld(5, everybody);
    runFor(world, 10_000);
    const [host] = world.hosts;
    for (let i = 0; i < 200; i++) {
      const before = host!.sentBytes;
      runFor(world, 50);
      expect(host!.sentBytes - before).toBeLessThanOrEqual(160 + IP_UDP_BYTES);
    }
  });
});

describe('relayed loads', () => {
  it('reach hosts that are no neighbours, and nobody hears of itself or of a neighbour', () => {
    const size = 5;
    const world = createWorld(size, ring(size, 1));
    runFor(world, 20_000);
    const relayed = reportsOf(world, 'heard').flatMap(({ by, report }) =>
      report.report === 'heard' ? report.relayed.map((entry) => ({ by, ...entry })) : [],
    );
    for (let i = 0; i < size; i++) {
      const about = relayed.filter(({ by }) => by === idOf(i)).map(({ host }) => host);
      expect([...new Set(about)]).toEqual([idOf((i + size - 2) % size)]);
    }
    for (const { host, load, ageMs } of relayed) {
      const index = [0, 1, 2, 3, 4].find((i) => idOf(i) === host)!;
      expect(load).toEqual({ cpuMille: 100 * index, memoryMille: 10 * index, containers: index });
      expect(ageMs).toBeLessThanOrEqual(6_000);
    }
  });

  it('end 60 seconds after their host', () => {
    const world = createWorld(5, ring(5, 1));
    runFor(world, 20_000);
    world.hosts[0]!.isDead = true;
    const diedAt = world.now;
    runFor(world, 90_000);
    const last = reportsOf(world, 'heard').filter(
      ({ report }) => report.report === 'heard' && report.relayed.some(({ host }) => host === idOf(0)),
    );
    expect(last.at(-1)!.at - diedAt).toBeGreaterThan(50_000);
    expect(last.at(-1)!.at - diedAt).toBeLessThan(62_000);
  });
});

describe('what a host tells', () => {
  it('is heard at most each 500 ms, but at once when it is new', () => {
    const world = createWorld(2, everybody);
    runFor(world, 10_000);
    const [teller, listener] = world.hosts;
    teller!.digest = [8, 8];
    feed(world, teller!);
    const changedAt = world.now;
    runFor(world, 1_200);
    const told = heardBy(world, listener!.id, teller!.id, changedAt)[0]!;
    expect(told.report.report === 'heard' && told.report.digest).toEqual([8, 8]);
    expect(told.at - changedAt).toBeLessThan(1_200);
  });

  it('carries loads, clock offset and round trip', () => {
    const world = createWorld(2, everybody);
    runFor(world, 10_000);
    const { report } = heardBy(world, idOf(0), idOf(1)).at(-1)!;
    if (report.report !== 'heard') throw new Error('unreachable');
    expect(report.load).toEqual({ cpuMille: 100, memoryMille: 10, containers: 1 });
    expect(report.incarnation).toBe(3);
    expect(Math.abs(report.clockOffsetMs)).toBeLessThanOrEqual(5);
    expect(report.rttMs).toBeGreaterThanOrEqual(2);
    expect(report.rttMs).toBeLessThanOrEqual(10);
  });

  it('is believed at once from a new address, and answered there', () => {
    const world = createWorld(2, everybody);
    runFor(world, 5_000);
    const [mover] = world.hosts;
    mover!.address = '192.168.9.9';
    const movedAt = world.now;
    runFor(world, 2_300);
    const [first] = heardBy(world, idOf(1), idOf(0), movedAt);
    expect(first!.at - movedAt).toBeLessThan(1_200);
    expect(first!.report).toMatchObject({ address: '192.168.9.9', port: 7946 });
    expect(heardBy(world, idOf(0), idOf(1), first!.at).length).toBeGreaterThan(0);
    expect(reportsOf(world, 'silent')).toEqual([]);
  });
});

describe('feelers', () => {
  it('find a failed host that returns on another address within 2 s, and contact is mutual', () => {
    for (const whoFeels of [0, 1]) {
      const world = createWorld(2, (from) => (from === whoFeels ? { feel: true } : {}));
      runFor(world, 1_000);
      const returning = world.hosts[1]!;
      returning.isDead = true;
      runFor(world, 20_000);
      returning.isDead = false;
      if (whoFeels === 1) returning.address = '192.168.9.9';
      const returnedAt = world.now;
      runFor(world, 2_200);
      expect(heardBy(world, idOf(1), idOf(0), returnedAt).length).toBeGreaterThan(0);
      expect(heardBy(world, idOf(0), idOf(1), returnedAt)[0]?.report).toMatchObject({
        address: returning.address,
      });
    }
  });

  it('grow rare: each 2 s, after 10 minutes each 30 s, after a day each 5 minutes', () => {
    const world = createWorld(2, (from) => (from === 0 ? { feel: true } : {}));
    world.hosts[1]!.isDead = true;
    const sentIn = (ms: number): number => {
      const before = world.wire.length;
      runFor(world, ms);
      return world.wire.length - before;
    };
    runFor(world, 2_000);
    expect(sentIn(60_000)).toBeGreaterThanOrEqual(28);
    runFor(world, 540_000);
    expect(sentIn(600_000)).toBeLessThanOrEqual(21);
    expect(world.hosts[0]!.machine.counters.sent).toBeLessThanOrEqual(322);
  });

  it('to very many failed hosts leave 5 at a time, and none is forgotten', () => {
    const world = createWorld(150, (from) => (from === 0 ? { feel: true } : {}));
    for (const host of world.hosts.slice(1)) host.isDead = true;
    runFor(world, 10_000);
    const counts = new Map<string, number>();
    for (const { to } of world.wire) counts.set(to, (counts.get(to) ?? 0) + 1);
    expect(world.wire.length).toBeLessThanOrEqual(520);
    expect(counts.size).toBe(149);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(2);
  });

  it('are answered by no more bytes than they have, and no more often than each 100 ms', () => {
    const world = createWorld(2, () => ({ feel: true }));
    runFor(world, 10_000);
    const { sent } = world.hosts[1]!.machine.counters;
    expect(new Set(world.wire.map(({ bytes }) => bytes.length))).toEqual(new Set([62]));
    expect(sent).toBeLessThanOrEqual(11);
  });
});
