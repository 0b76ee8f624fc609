/** One UDP socket of the DNS server. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { DnsAddress } from './messages.ts';
import type { Respond } from './respond.ts';

/** answers that the kernel has not taken yet; more are dropped, as any full queue on the way would */
const QUEUED_MAX = 1_024;

/** Rejects with the system's error when the address cannot be had. */
export async function openUdp({ address, port }: DnsAddress, respond: Respond): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = createSocket({
    type: isIPv6(address) ? 'udp6' : 'udp4',
    // askers are addresses already: saves a look-up and a turn of the loop for every answer
    lookup: (host, _options, found) => found(null, host, isIPv6(host) ? 6 : 4),
  });
  socket.once('error', reject);
  socket.bind({ address, port, exclusive: true }, resolve);
  await promise.catch((error: unknown) => {
    socket.close();
    throw error;
  });
  // an asker that went away or cannot be reached concerns nobody else
  socket.removeAllListeners('error').on('error', () => {});
  socket.on('message', (packet, from) => {
    if (from.port === 0) return;
    respond(packet, 'udp', from.address, (reply) => {
      if (socket.getSendQueueCount() < QUEUED_MAX) socket.send(reply, from.port, from.address, () => {});
    });
  });
  return socket;
}
