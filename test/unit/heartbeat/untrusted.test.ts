import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHeartbeat, stepHeartbeat } from '../../../protocol/membership/heartbeat.ts';
import { openPacket } from '../../../protocol/membership/heartbeat-packet.ts';
import {
  createWorld,
  deliver,
  everybody,
  idOf,
  machineOf,
  peerOf,
  reportsOf,
  runFor,
  TUNABLES,
  testMac,
  type World,
} from './world.ts';

/** Three hosts that know each other, and a datagram of the first to the second. */
function settled(): { world: World; bytes: Uint8Array } {
  const world = createWorld(3, everybody);
  runFor(world, 3_000);
  const { bytes } = world.wire.findLast(({ from, to }) => from === idOf(0) && to === idOf(1))!;
  return { world, bytes };
}

/** Another genuine datagram of that link, which has not arrived anywhere. */
function fresh(world: World): Uint8Array {
  const at = { now: world.now + 1_100, wall: 0 };
  const effects = stepHeartbeat(world.hosts[0]!.machine, { kind: 'tick', mainAgeMs: 0, ...at });
  const found = effects.find((effect) => effect.kind === 'datagram' && effect.host === idOf(1));
  if (found?.kind !== 'datagram') throw new Error('no beat was due');
  return found.bytes;
}

function expectDropped(world: World, i: number, bytes: Uint8Array, counter: string): void {
  const host = world.hosts[i]!;
  const before = { ...host.machine.counters };
  const reports = world.reports.length;
  deliver(world, host, { bytes, address: '6.6.6.6' });
  expect(host.machine.counters).toEqual({ ...before, [counter]: Reflect.get(before, counter) + 1 });
  expect(world.reports.length).toBe(reports);
}

describe('a datagram is dropped, and counted, when', () => {
  it('it was accepted before, or is older than one accepted', () => {
    const { world, bytes } = settled();
    expectDropped(world, 1, bytes, 'replayed');
    expectDropped(world, 1, world.wire.find(({ to }) => to === idOf(1))!.bytes, 'replayed');
  });

  it('it was meant for another host', () => {
    const { world } = settled();
    expectDropped(world, 2, fresh(world), 'badTag');
  });

  it('any of its bits was changed', () => {
    const { world } = settled();
    const bytes = fresh(world);
    const { machine } = world.hosts[1]!;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Uint8Array.from(bytes);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const { accepted } = machine.counters;
      deliver(world, world.hosts[1]!, { bytes: changed, address: '6.6.6.6' });
      expect(machine.counters.accepted).toBe(accepted);
    }
    deliver(world, world.hosts[1]!, { bytes, address: '10.0.0.1' });
    expect(reportsOf(world, 'heard').at(-1)).toMatchObject({ at: world.now, by: idOf(1) });
  });

  it('it comes from us, or from nobody we know', () => {
    const { world } = settled();
    expectDropped(world, 0, fresh(world), 'own');
    const stranger = machineOf(idOf(77));
    stepHeartbeat(stranger, {
      kind: 'feed',
      now: 0,
      wall: 0,
      feed: {
        peers: [peerOf(1, { beat: true })],
        digest: [0, 0],
        incarnation: 0,
        load: { cpuMille: 0, memoryMille: 0, containers: 0 },
      },
    });
    const [effect] = stepHeartbeat(stranger, { kind: 'tick', mainAgeMs: 0, now: 0, wall: 0 });
    if (effect?.kind !== 'datagram') throw new Error('no beat');
    expectDropped(world, 1, effect.bytes, 'unknown');
  });

  it('its peer floods', () => {
    const { world } = settled();
    const { machine } = world.hosts[1]!;
    const before = { ...machine.counters };
    for (let i = 0; i < 200; i++) {
      world.hosts[0]!.machine.links.all.get(idOf(1))!.beatAt = 0;
      deliver(world, world.hosts[1]!, { bytes: fresh(world), address: '10.0.0.1' });
    }
    expect(machine.counters.accepted - before.accepted).toBeLessThanOrEqual(40);
    expect(machine.counters.flooded).toBeGreaterThanOrEqual(160);
  });

  it('it is random', () => {
    const { world } = settled();
    const [host] = world.hosts;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, isDressed) => {
        const bytes = Uint8Array.from(noise);
        if (isDressed)
          bytes.set(
            [1, 1 + (noise.length % 3), ...new TextEncoder().encode(idOf(1).slice(0, 8))].slice(
              0,
              bytes.length,
            ),
          );
        const { accepted } = host!.machine.counters;
        deliver(world, host!, { bytes, address: '6.6.6.6' });
        expect(host!.machine.counters.accepted).toBe(accepted);
        openPacket(bytes);
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });
});

describe("order of a host's datagrams", () => {
  it('goes by epoch, then starts, then counter', () => {
    const { world } = settled();
    const beatOf = (epoch: number, starts: number, after: number): Uint8Array => {
      const identity = { mesh: 'mesh', self: idOf(0), epoch, starts };
      const machine = createHeartbeat(identity, testMac(idOf(0)), TUNABLES, after);
      const feed = {
        digest: [0, 0] as [number, number],
        incarnation: 0,
        load: { cpuMille: 0, memoryMille: 0, containers: 0 },
      };
      const at = { now: 0, wall: 0 };
      stepHeartbeat(machine, { kind: 'feed', ...at, feed: { ...feed, peers: [peerOf(1, { beat: true })] } });
      const [effect] = stepHeartbeat(machine, { kind: 'tick', mainAgeMs: 0, ...at });
      if (effect?.kind !== 'datagram') throw new Error('no beat');
      return effect.bytes;
    };
    const { machine } = world.hosts[1]!;
    const accepts = (bytes: Uint8Array): boolean => {
      const { accepted } = machine.counters;
      deliver(world, world.hosts[1]!, { bytes, address: '10.0.0.1' });
      return machine.counters.accepted > accepted;
    };
    expect(accepts(beatOf(1, 2, 0))).toBe(true);
    expect(accepts(beatOf(1, 1, 4_000_000_000))).toBe(false);
    expect(accepts(beatOf(2, 1, 0))).toBe(true);
    expect(accepts(beatOf(1, 9, 9))).toBe(false);
    expect(accepts(beatOf(2, 1, 0))).toBe(false);
    expect(accepts(beatOf(2, 1, 1))).toBe(true);
  });

  it('needs 32-bit numbers', () => {
    const identity = { mesh: 'mesh', self: idOf(0), epoch: 1_800_000_000_000, starts: 1 };
    expect(() => createHeartbeat(identity, testMac(idOf(0)), TUNABLES)).toThrow(/epoch 1800000000000/);
  });
});

describe('own failing sends', () => {
  it("are our ill health, told once a second and code; a refusal is the peer's", () => {
    const { world } = settled();
    const { machine } = world.hosts[0]!;
    const codes = ['EPERM', 'EPERM', 'ECONNREFUSED', 'ENETUNREACH'].flatMap((code) =>
      stepHeartbeat(machine, { kind: 'sendFailed', host: idOf(1), code, now: world.now, wall: 0 }),
    );
    expect(
      codes.map((effect) => effect.kind === 'report' && effect.report === 'unwell' && effect.code),
    ).toEqual(['EPERM', 'ENETUNREACH']);
    const again = {
      kind: 'sendFailed',
      host: idOf(1),
      code: 'EPERM',
      now: world.now + 1_000,
      wall: 0,
    } as const;
    expect(stepHeartbeat(machine, again)).toHaveLength(1);
  });
});
