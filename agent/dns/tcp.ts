/** One TCP listener of the DNS server (RFC 7766: pipelined questions, answers in any order, idle close). */
import { createServer, type Server, type Socket } from 'node:net';
import { createDeframer, frame } from './framing.ts';
import type { DnsAddress } from './messages.ts';
import type { Respond } from './respond.ts';

const CONNECTIONS_MAX = 256;
const IDLE_MS = 10_000;
/** of answers that an asker does not fetch; past it nothing more is read from it */
const UNREAD_BYTES_MAX = 256 * 1024;

/** Rejects with the system's error when the address cannot be had. */
export async function openTcp({ address, port }: DnsAddress, respond: Respond): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const server = createServer((socket) => serve(socket, respond));
  server.maxConnections = CONNECTIONS_MAX;
  server.once('error', reject);
  server.listen({ host: address, port, exclusive: true }, resolve);
  await promise;
  // a connection that could not be accepted (no more descriptors) must not end the thread
  server.removeAllListeners('error').on('error', () => {});
  return server;
}

function serve(socket: Socket, respond: Respond): void {
  const asker = socket.remoteAddress;
  if (asker === undefined) {
    socket.destroy();
    return;
  }
  const send = (reply: Uint8Array) => {
    if (!socket.writable) return;
    socket.write(frame(reply));
    if (socket.writableLength > UNREAD_BYTES_MAX) socket.pause();
  };
  const take = createDeframer((message) => respond(message, 'tcp', asker, send));
  socket.setNoDelay(true);
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('drain', () => socket.resume());
  socket.on('data', (chunk) => {
    // all answers to one chunk leave in one write
    socket.cork();
    if (!take(chunk)) socket.destroy();
    socket.uncork();
  });
}
