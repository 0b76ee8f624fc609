/** One UDP socket for numeric addresses; on an IPv6 wildcard it speaks IPv4 too. */
import { createSocket, type SocketOptions } from 'node:dgram';
import { isIP, isIPv4 } from 'node:net';
import type { Address } from '../../protocol/identity.ts';

const MAPPED = '::ffff:';

export interface DatagramSocket {
  /** `failed` gets the code of an error of our own kernel */
  send(bytes: Uint8Array, to: Address, failed: (code: string) => void): void;
}

export interface SocketEvents {
  listening(port: number): void;
  cannotListen(code: string): void;
  datagram(bytes: Uint8Array, from: Address): void;
}

/** An error after binding is thrown: the worker dies of it and is started again. */
export function openSocket(listen: Address, events: SocketEvents): DatagramSocket {
  const isV6 = isIP(listen.address) === 6;
  const socket = createSocket({ type: isV6 ? 'udp6' : 'udp4', lookup: numericOnly });
  const failedToBind = (error: NodeJS.ErrnoException): void => events.cannotListen(codeOf(error));
  socket.once('error', failedToBind);
  socket.on('message', (bytes, { address, port }) => {
    events.datagram(bytes, {
      address: address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address,
      port,
    });
  });
  socket.bind(listen.port, listen.address, () => {
    socket.off('error', failedToBind);
    events.listening(socket.address().port);
  });
  return {
    send(bytes, to, failed) {
      const address = isV6 && isIPv4(to.address) ? MAPPED + to.address : to.address;
      socket.send(bytes, to.port, address, (error) => {
        if (error) failed(codeOf(error));
      });
    },
  };
}

const codeOf = (error: NodeJS.ErrnoException): string => error.code ?? error.name;

/** Never asks DNS: a slow resolver must not delay heartbeats. */
const numericOnly: NonNullable<SocketOptions['lookup']> = (hostname, _options, callback) => {
  const family = isIP(hostname);
  const error =
    family === 0 ? Object.assign(new Error(`${hostname} is no IP address`), { code: 'EINVAL' }) : null;
  callback(error, hostname, family);
};
