/** Whatever arrives: no exception, no reply over its limit, and nothing that another decoder cannot read. */
import { decode } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { answer } from '../../../protocol/naming/answer.ts';
import { applyDelta, createZone, type Zone } from '../../../protocol/naming/zone.ts';
import type { ZoneDelta, ZoneService } from '../../../protocol/naming/zone-view.ts';
import { DOMAIN, HERE, hosts, mesh, NEIGHBOUR, question, SHOP, STRANGER, service, task } from './mesh.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 20_000);
const GUARD = 0xa5;

const seeds = [
  question(`web.shop.${DOMAIN}`, 'A', { edns: {} }),
  question(`_http._tcp.web.${DOMAIN}`, 'SRV', { edns: {} }),
  question(`big.${DOMAIN}`, 'A'),
  question(DOMAIN, 'SOA'),
  question('2.0.0.10.in-addr.arpa', 'PTR'),
  question('www.example.com', 'A', { edns: { ednsVersion: 1 } }),
];

const mutation = fc.record({
  at: fc.nat(120),
  byte: fc.nat(255),
  kind: fc.constantFrom('set', 'insert', 'cut', 'drop'),
});
const mutated = fc
  .tuple(fc.constantFrom(...seeds), fc.array(mutation, { maxLength: 6 }))
  .map(([seed, mutations]) => {
    const bytes = [...seed];
    for (const { at, byte, kind } of mutations) {
      if (kind === 'set' && at < bytes.length) bytes[at] = byte;
      else if (kind === 'insert') bytes.splice(at, 0, byte);
      else if (kind === 'drop') bytes.splice(at, 1);
      else if (kind === 'cut' && at > 20) bytes.length = Math.min(bytes.length, at);
    }
    return Uint8Array.from(bytes);
  });
const packets = fc.oneof(
  { weight: 9, arbitrary: mutated },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 600 }) },
);
const askers = fc.oneof(
  fc.constantFrom(HERE, SHOP, NEIGHBOUR, STRANGER, '::1', `::ffff:${SHOP}`, 'fd00::1'),
  fc.string(),
);

test('mutated and random packets', () => {
  const zone = mesh();
  fc.assert(
    fc.property(
      packets,
      fc.constantFrom('udp' as const, 'tcp' as const),
      askers,
      fc.nat(2 ** 32 - 1),
      fc.integer({ min: 500, max: 2_000 }),
      (packet, transport, asker, rotation, room) => {
        const out = new Uint8Array(room + 16).fill(GUARD);
        const { verdict, length, limit } = answer(
          packet,
          transport,
          asker,
          zone,
          rotation,
          out.subarray(0, room),
        );
        expect(length).toBeLessThanOrEqual(limit);
        expect(limit).toBeLessThanOrEqual(room);
        expect(out.subarray(room).every((byte) => byte === GUARD)).toBe(true);
        expect(verdict === 'drop').toBe(length === 0);
        if (length === 0) return;
        const reply = decode(Buffer.from(out.subarray(0, length)));
        expect(reply.type).toBe('response');
        expect(reply.id).toBe((packet[0]! << 8) | packet[1]!);
      },
    ),
    { numRuns: RUNS },
  );
});

const labels = fc.constantFrom('web', 'db', 'a', 'tasks', 'hosts', '7', 'x_y', 'web.deep', 'ns', 'B');
const zoneTask = fc
  .record({
    slot: fc.constantFrom('1', '2', 'alpha', 'web', 'tasks', '_x'),
    host: fc.constantFrom(...hosts),
    suspect: fc.boolean(),
    containerAddress: fc.constantFrom('172.17.0.2', '172.17.0.3'),
  })
  .map(({ slot, host, ...rest }) => task(slot, host, rest));
const zoneService = fc
  .tuple(
    fc.constantFrom('1', '2', '3', '4'),
    labels,
    fc.option(labels, { nil: undefined }),
    fc.array(zoneTask, { maxLength: 3 }),
  )
  .map(([id, name, stack, tasks]): ZoneService => service(id, name, stack, tasks));
const deltas = fc.array(
  fc.record({
    services: fc.array(fc.tuple(zoneService, fc.boolean()), { maxLength: 3 }),
    hosts: fc.option(fc.subarray(hosts), { nil: undefined }),
  }),
  { maxLength: 8 },
);

/** Names with what the zone keeps of them, order of arrival left out. */
const shape = (zone: Zone) =>
  [...zone.nodes]
    .map(
      ([name, { owners, below }]) =>
        `${name} ${below} ${owners
          .map(
            ({ subject }) => `${subject.kind}${'entry' in subject ? subject.entry.id + subject.scope : ''}`,
          )
          .sort()}`,
    )
    .sort();

test('deltas one by one leave the same zone as its last state loaded at once', () => {
  fc.assert(
    fc.property(deltas, (steps) => {
      const grown = createZone(DOMAIN, 'h1');
      const last = new Map<string, ZoneService>();
      let lastHosts: ZoneDelta['hosts'];
      for (const step of steps) {
        const services = step.services.map(([one, gone]): [string, ZoneService | null] => [
          one.id,
          gone ? null : one,
        ]);
        applyDelta(grown, { serial: 1, services, ...(step.hosts && { hosts: step.hosts }) });
        for (const [id, one] of services) one === null ? last.delete(id) : last.set(id, one);
        lastHosts = step.hosts ?? lastHosts;
      }
      const loaded = createZone(DOMAIN, 'h1');
      applyDelta(loaded, { serial: 1, services: [...last], ...(lastHosts && { hosts: lastHosts }) });
      expect(shape(grown)).toEqual(shape(loaded));
    }),
    { numRuns: 500 },
  );
});
