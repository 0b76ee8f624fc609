/** The server's own life: ports, news, the death of its thread, and TCP as RFC 7766 wants it. */
import { createSocket } from 'node:dgram';
import { afterEach, expect, test, vi } from 'vitest';
import { frame } from '../../agent/dns/framing.ts';
import { type Dns, type DnsOptions, startDns } from '../../agent/dns/server.ts';
import { DOMAIN, hosts, question, services } from '../unit/naming/mesh.ts';
import { askTcp, askUdp } from './client.ts';

const threads = vi.hoisted(() => [] as { terminate(): Promise<number> }[]);
vi.mock('node:worker_threads', async (original) => {
  const actual = await original<typeof import('node:worker_threads')>();
  class Watched extends actual.Worker {
    constructor(...given: ConstructorParameters<typeof actual.Worker>) {
      super(...given);
      threads.push(this);
    }
  }
  return { ...actual, Worker: Watched };
});

const WEB = question(`web.shop.${DOMAIN}`, 'A');
const ANY_PORT = [{ address: '127.0.0.1', port: 0 }];
let dns: Dns | undefined;
afterEach(async () => {
  await dns?.close();
  threads.splice(0);
});

async function start(over: Partial<DnsOptions> = {}): Promise<number> {
  dns = await startDns({
    listen: ANY_PORT,
    domain: DOMAIN,
    self: 'h1',
    localSubnets: ['127.0.0.0/8'],
    upstreams: [],
    ...over,
  });
  return dns.bound[0]?.port ?? 0;
}

const load = () => dns!.update({ serial: 7, services: services.map((one) => [one.id, one]), hosts });
const rcode = async (port: number, packet = WEB) =>
  (await askUdp(port, packet, 500).catch(() => ({ rcode: 'none' }))).rcode;

test('SERVFAIL first, then what it was told, then what it was told since', async () => {
  const port = await start();
  expect(await rcode(port)).toBe('SERVFAIL');
  load();
  await expect.poll(() => rcode(port)).toBe('NOERROR');
  dns!.update({ serial: 8, services: [['01', null]] });
  await expect.poll(() => rcode(port)).toBe('NXDOMAIN');
});

test('local subnets may change: the asker gets the host address then', async () => {
  const port = await start();
  load();
  const first = async () => (await askUdp(port, question(`1.web.${DOMAIN}`, 'A'))).answers[0]?.data;
  await expect.poll(first).toBe('172.17.0.2');
  dns!.setLocalSubnets([]);
  await expect.poll(first).toBe('10.0.0.1');
});

test('a dead thread is replaced on the same port, and knows the zone', async () => {
  const said: string[] = [];
  const port = await start({ log: (line) => said.push(line) });
  load();
  await expect.poll(() => rcode(port)).toBe('NOERROR');
  await threads[0]!.terminate();
  await expect.poll(() => rcode(port), { timeout: 5_000, interval: 5 }).toBe('NOERROR');
  expect(said).toEqual([expect.stringContaining('another takes its place')]);
});

test('a taken port is named and skipped, the others are served', async () => {
  const holder = createSocket('udp4');
  await new Promise<void>((bound) => holder.bind(0, '127.0.0.1', bound));
  const taken = { address: '127.0.0.1', port: holder.address().port };
  const said: string[] = [];
  const port = await start({ listen: [...ANY_PORT, taken], log: (line) => said.push(line) });
  expect(dns!.failed).toEqual([{ ...taken, reason: expect.stringContaining('taken by another program') }]);
  expect(said).toEqual([expect.stringContaining(`127.0.0.1:${taken.port}`)]);
  expect(await rcode(port)).toBe('SERVFAIL');
  holder.close();
});

test('a domain that is no name ends the start', async () => {
  await expect(startDns({ listen: [], domain: '', self: 'h1', localSubnets: [] })).rejects.toThrow(
    /no domain name/,
  );
});

test('TCP: pipelined questions in odd pieces; a length of zero ends the connection', async () => {
  const port = await start();
  load();
  await expect.poll(() => rcode(port)).toBe('NOERROR');
  const asked = [WEB, question(`big.${DOMAIN}`, 'A'), question(`nope.${DOMAIN}`, 'A')];
  const stream = Buffer.concat(asked.map((packet) => frame(packet)));
  const pieces = [
    stream.subarray(0, 1),
    stream.subarray(1, 40),
    stream.subarray(40, 41),
    stream.subarray(41),
  ];
  const replies = await askTcp(port, pieces, 3);
  expect(replies.map((reply) => [reply.rcode, reply.answers.length])).toEqual([
    ['NOERROR', 2],
    ['NOERROR', 90],
    ['NXDOMAIN', 0],
  ]);
  expect(await askTcp(port, [Buffer.from([0, 0])], 1)).toEqual([]);
});
