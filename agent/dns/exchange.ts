/** One question to one upstream. Resolves to undefined when no answer to it comes in time. */
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { HEADER_BYTES, RCODE, readUint16 } from '../../protocol/naming/wire.ts';
import { createDeframer, frame } from './framing.ts';
import type { DnsAddress } from './messages.ts';

const RESPONSE_BIT = 0x80;

/** question: the bytes behind the header, as asked. */
export interface Outgoing {
  packet: Buffer;
  question: Buffer;
}

/** The query under a new id: with the random source port, what a forger has to guess (RFC 5452). */
export function outgoing(query: Uint8Array, questionEnd: number): Outgoing {
  const packet = Buffer.from(query);
  packet.writeUInt16BE(randomInt(0x10000));
  return { packet, question: packet.subarray(HEADER_BYTES, questionEnd) };
}

/** Same id and same question: anything else is late or forged. Servers leave the question out of some errors. */
function answers({ packet, question }: Outgoing, reply: Buffer): boolean {
  if (reply.length < HEADER_BYTES || (reply[2]! & RESPONSE_BIT) === 0) return false;
  if (reply.readUInt16BE(0) !== packet.readUInt16BE(0)) return false;
  if (readUint16(reply, 4) === 0) return rcodeOf(reply) !== RCODE.NOERROR;
  const theirs = reply.subarray(HEADER_BYTES, HEADER_BYTES + question.length);
  return lowerCased(theirs) === lowerCased(question);
}

const lowerCased = (bytes: Buffer): string => bytes.toString('latin1').toLowerCase();

export const rcodeOf = (reply: Uint8Array): number => reply[3]! & 0x0f;
export const isTruncated = (reply: Uint8Array): boolean => (reply[2]! & 0x02) !== 0;

export function exchangeUdp(
  asked: Outgoing,
  upstream: DnsAddress,
  timeoutMs: number,
): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  // a socket of its own for every question gives each a random port, and lets a refusal by ICMP be seen at once
  const socket = createSocket({
    type: isIPv6(upstream.address) ? 'udp6' : 'udp4',
    lookup: (host, _options, found) => found(null, host, isIPv6(host) ? 6 : 4),
  });
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  socket.on('error', () => resolve(undefined));
  socket.on('message', (reply) => answers(asked, reply) && resolve(reply));
  // without a callback, so that a connect that fails is an 'error' too
  socket.once('connect', () => socket.send(asked.packet, (error) => error && resolve(undefined)));
  socket.connect(upstream.port, upstream.address);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

export function exchangeTcp(
  asked: Outgoing,
  upstream: DnsAddress,
  timeoutMs: number,
): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const socket = connect(upstream.port, upstream.address, () => socket.write(frame(asked.packet)));
  const take = createDeframer((reply) => answers(asked, reply) && resolve(Buffer.from(reply)));
  const timer = setTimeout(() => resolve(undefined), timeoutMs);
  socket.on('data', (chunk) => take(chunk) || resolve(undefined));
  socket.on('error', () => resolve(undefined));
  socket.on('close', () => resolve(undefined));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}
