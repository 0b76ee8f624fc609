/** A small mesh and a way to ask it, for the naming tests. Host `alpha` (id h1) answers. */
import { type Decoded, decode, encode } from 'dns-packet';
import { answer, type Transport } from '../../../protocol/naming/answer.ts';
import { applyDelta, createZone, type Zone } from '../../../protocol/naming/zone.ts';
import type { ZoneHost, ZoneService, ZoneTask } from '../../../protocol/naming/zone-view.ts';

export const DOMAIN = 'shoal.internal';
/** askers: the answering host, containers of stack shop and blog on it, a host of the mesh, a stranger */
export const HERE = '127.0.0.1';
export const SHOP = '172.17.0.2';
export const BLOG = '172.17.0.3';
export const NEIGHBOUR = '10.0.0.2';
export const STRANGER = '198.18.0.9';

export const hosts: ZoneHost[] = [
  { id: 'h1', name: 'alpha', address: '10.0.0.1', alive: true },
  { id: 'h2', name: 'beta', address: '10.0.0.2', alive: true },
  { id: 'h3', name: 'gone', address: '10.0.0.3', alive: false },
];

export const task = (slot: string, host: ZoneHost, over: Partial<ZoneTask> = {}): ZoneTask => ({
  slot,
  host: host.id,
  hostName: host.name,
  hostAddress: host.address,
  ports: [{ name: 'http', protocol: 'tcp', target: 80, published: 30_000 + Number(slot) || 30_000 }],
  suspect: false,
  ...over,
});

export const service = (
  id: string,
  name: string,
  stack: string | undefined,
  tasks: ZoneTask[],
): ZoneService => ({
  id,
  name,
  fullName: stack === undefined ? name : `${stack}_${name}`,
  ...(stack === undefined ? {} : { stack }),
  tasks,
});

const [alpha, beta, gone] = hosts as [ZoneHost, ZoneHost, ZoneHost];

export const services: ZoneService[] = [
  service('01', 'web', 'shop', [
    task('1', alpha, { containerAddress: '172.17.0.2' }),
    task('2', beta, { containerAddress: '172.17.0.2' }),
    task('3', beta, { suspect: true, hostAddress: '10.0.0.9' }),
    task('4', gone),
  ]),
  service('02', 'api', 'blog', [task('1', alpha, { containerAddress: '172.17.0.3', ports: [] })]),
  service('03', 'db', 'shop', [task('1', beta)]),
  service('04', 'db', 'blog', [task('1', alpha, { containerAddress: '172.17.0.4' })]),
  service('05', 'idle', 'shop', []),
  service('06', 'cron', undefined, [task('1', beta, { suspect: true, ports: [] })]),
  service('07', 'probe', undefined, [
    task('alpha', alpha, { containerAddress: '172.17.0.5' }),
    task('beta', beta),
  ]),
  service('08', 'hosts', 'shop', [task('1', beta)]),
  service('09', '42', undefined, [task('1', beta)]),
  service('10', 'udp', undefined, [
    task('1', beta, { ports: [{ protocol: 'udp', target: 53, published: 0 }] }),
    task('2', beta, { ports: [{ protocol: 'udp', target: 53, published: 5353 }] }),
  ]),
  service(
    '11',
    'big',
    undefined,
    Array.from({ length: 90 }, (_, i) => task(`${i}`, beta, { hostAddress: `10.1.0.${i}` })),
  ),
];

export function mesh(): Zone {
  const zone = createZone(DOMAIN, 'h1', ['127.0.0.0/8', '172.17.0.0/16']);
  zone.recursive = true;
  applyDelta(zone, { serial: 7, services: services.map((one) => [one.id, one]), hosts });
  return zone;
}

export interface Ask {
  asker?: string;
  transport?: Transport;
  rotation?: number;
  edns?: object;
  /** flags of the header, 0x0100 (recursion desired) unless told */
  flags?: number;
  class?: string;
  opcode?: string;
}

export function question(name: string, type: string, ask: Ask = {}): Buffer {
  return encode({
    id: 4711,
    type: 'query',
    flags: ask.flags ?? 0x0100,
    questions: [{ name, type, class: ask.class ?? 'IN' }],
    additionals:
      ask.edns === undefined
        ? []
        : [{ type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [], ...ask.edns }],
  });
}

/** Asks with packet bytes; the reply is decoded by a foreign decoder. */
export function send(zone: Zone, packet: Uint8Array, ask: Ask = {}) {
  const out = new Uint8Array(65_535);
  const { asker = HERE, transport = 'udp', rotation = 0 } = ask;
  const { verdict, length, limit } = answer(packet, transport, asker, zone, rotation, out);
  const bytes = Buffer.from(out.subarray(0, length));
  return { verdict, length, limit, bytes, reply: length === 0 ? undefined : decode(bytes) };
}

export function ask(zone: Zone, name: string, type: string, options: Ask = {}): Decoded {
  const { reply } = send(zone, question(name, type, options), options);
  if (reply === undefined) throw new Error(`no reply to ${name} ${type}`);
  return reply;
}

/** `NOERROR 10.0.0.1 10.0.0.2`, `NXDOMAIN SOA`: result code and sorted data in one line. */
export function brief(zone: Zone, name: string, type: string, options: Ask = {}): string {
  const reply = ask(zone, name, type, options);
  const data = reply.answers.map((record) => dataText(record.data)).sort();
  return [reply.rcode, ...data, ...reply.authorities.map((record) => record.type)].join(' ');
}

function dataText(data: unknown): string {
  if (typeof data === 'object' && data !== null && 'target' in data && 'port' in data)
    return `${data.port}:${data.target}`;
  return typeof data === 'string' ? data : JSON.stringify(data);
}
