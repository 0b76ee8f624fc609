import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  type HeartbeatPacket,
  idPrefix,
  isAuthentic,
  MAX_PACKET_BYTES,
  openPacket,
  sealPacket,
} from '../../../protocol/membership/heartbeat-packet.ts';
import { idOf, testMac } from './world.ts';

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const load = fc.record({
  cpuMille: fc.integer({ min: 0, max: 1_000 }),
  memoryMille: fc.integer({ min: 0, max: 1_000 }),
  containers: fc.integer({ min: 0, max: 0xfffff }),
});
const packets: fc.Arbitrary<HeartbeatPacket> = fc.record({
  type: fc.constantFrom('beat', 'feeler', 'answer'),
  sender: fc.constant(idPrefix(idOf(1))),
  epoch: u32,
  starts: u32,
  counter: u32,
  incarnation: u32,
  digest: fc.tuple(u32, u32),
  mainAgeMs: fc.integer({ min: 0, max: 65_535 }).map((n) => n * 10),
  wall: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  echo: u32,
  holdMs: fc.option(
    fc.integer({ min: 0, max: 65_534 }).map((n) => n / 10),
    { nil: undefined },
  ),
  load,
  relayed: fc.array(
    fc.record({ short: u32, load, ageMs: fc.integer({ min: 0, max: 255 }).map((n) => n * 250) }),
    { maxLength: 9 },
  ),
});

it('any packet comes out as it went in, within 160 bytes', () => {
  fc.assert(
    fc.property(packets, (packet) => {
      const bytes = sealPacket(packet, idOf(2), testMac(idOf(1)))!;
      expect(bytes.length).toBe(62 + 10 * packet.relayed.length);
      expect(bytes.length).toBeLessThanOrEqual(MAX_PACKET_BYTES);
      const opened = openPacket(bytes)!;
      expect(opened.packet).toEqual(packet);
      expect(isAuthentic(opened, idOf(1), idOf(2), testMac(idOf(2)))).toBe(true);
      expect(isAuthentic(opened, idOf(1), idOf(3), testMac(idOf(3)))).toBe(false);
    }),
  );
});

it('numbers beyond their field are the greatest it holds', () => {
  const [sample] = fc.sample(packets, { numRuns: 1, seed: 1 });
  const packet = {
    ...sample!,
    mainAgeMs: 1e9,
    holdMs: 1e9,
    wall: -5,
    load: { cpuMille: 5_000, memoryMille: -1, containers: 1e9 },
  };
  const opened = openPacket(sealPacket(packet, idOf(2), testMac(idOf(1)))!)!;
  expect(opened.packet).toMatchObject({ mainAgeMs: 655_350, holdMs: undefined, wall: 0 });
  expect(opened.packet.load).toEqual({ cpuMille: 1_023, memoryMille: 0, containers: 0xfffff });
});

it('has the documented layout', () => {
  const packet: HeartbeatPacket = {
    type: 'feeler',
    sender: 'abcdefgh',
    epoch: 1,
    starts: 2,
    counter: 3,
    incarnation: 4,
    digest: [5, 6],
    mainAgeMs: 70,
    wall: 8,
    echo: 9,
    holdMs: 1,
    load: { cpuMille: 1_000, memoryMille: 500, containers: 7 },
    relayed: [{ short: 0xdeadbeef, load: { cpuMille: 1, memoryMille: 2, containers: 3 }, ageMs: 1_000 }],
  };
  const bytes = sealPacket(packet, idOf(2), () => new Uint8Array(8).fill(0xff))!;
  expect(Buffer.from(bytes).toString('hex')).toBe(
    '0102' +
      '6162636465666768' +
      '00000001' +
      '00000002' +
      '00000003' +
      '00000004' +
      '0000000500000006' +
      '0007' +
      '000000000008' +
      '00000009' +
      '000a' +
      'fa1f400007' +
      '01' +
      'deadbeef' +
      '0040200003' +
      '04' +
      'ffffffffffffffff',
  );
});
