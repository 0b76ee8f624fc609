// What a host's DNS answers, and whether that serves: asked from the machine, which stands outside of every host.
import { createSocket } from 'node:dgram';
import { get } from 'node:http';
import { type Decoded, decode, encode } from 'dns-packet';
import { z } from 'zod';
import type { Host } from './bed.ts';

const ANSWER_MS = 1_000;

export interface Reply {
  /** NOERROR, NXDOMAIN, SERVFAIL */
  status: string;
  /** data of each record, as text */
  answers: string[];
  /** `address:port` behind SRV answers */
  endpoints: string[];
  tookMs: number;
}

/** One question over UDP; null when nobody answers within a second. */
export async function ask(
  host: Host,
  name: string,
  type: 'A' | 'AAAA' | 'SRV' | 'SOA',
): Promise<Reply | null> {
  const started = performance.now();
  const id = Math.floor(Math.random() * 0xffff);
  const packet = await exchange(host.address, encode({ type: 'query', id, questions: [{ type, name }] }));
  if (!packet) return null;
  const { answers, additionals, rcode } = packet;
  const glue = new Map(additionals.map((one) => [one.name, String(one.data)]));
  const targets = answers.flatMap(({ type: kind, data }) => (kind === 'SRV' ? [srvData.parse(data)] : []));
  return {
    status: rcode,
    answers: answers.map(({ data }) => (typeof data === 'string' ? data : JSON.stringify(data))),
    endpoints: targets.map(({ target, port }) => `${glue.get(target) ?? target}:${port}`).toSorted(),
    tookMs: performance.now() - started,
  };
}

const srvData = z.object({ target: z.string(), port: z.number() });

function exchange(address: string, query: Uint8Array): Promise<Decoded | null> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    const end = (packet: Decoded | null): void => {
      clearTimeout(timer);
      socket.close();
      resolve(packet);
    };
    const timer = setTimeout(() => end(null), ANSWER_MS);
    socket.on('error', () => end(null));
    socket.on('message', (reply) => end(decode(reply)));
    socket.connect(53, address, () => socket.send(query));
  });
}

/** Endpoints of a service as one host's DNS names them (`address:port`, sorted); null when it does not answer. */
export async function endpointsAt(host: Host, service: string, port = 80): Promise<string[] | null> {
  const reply = await ask(host, `_${port}._tcp.${service}.shoal.internal`, 'SRV');
  return reply && reply.status !== 'SERVFAIL' ? reply.endpoints : null;
}

/** Short id of the container that answers HTTP at an endpoint; null when none does within a second. */
export function answering(endpoint: string): Promise<string | null> {
  return new Promise((resolve) => {
    const url = `http://${endpoint}/cgi-bin/host`;
    const asked = get(url, { timeout: ANSWER_MS, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(text.trim() || null));
      response.on('error', () => resolve(null));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(null));
  });
}
