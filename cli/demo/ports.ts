/** Free ports of the loopback address. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

const ADDRESS = '127.0.0.1';
const TRIES = 20;

/** Numbers that are free for TCP and for UDP. All are held until the last is found, so that they differ. */
export const freePorts = async (count: number): Promise<number[]> => {
  const held: Held[] = [];
  try {
    while (held.length < count) held.push(await holdOne());
    return held.map(({ port }) => port);
  } finally {
    await Promise.all(held.map(({ release }) => release()));
  }
};

interface Held {
  port: number;
  release(): Promise<unknown>;
}

const holdOne = async (): Promise<Held> => {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const server = createServer().listen(0, ADDRESS);
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const closed = once(server, 'close');
    const socket = createSocket('udp4');
    try {
      const bound = once(socket, 'listening');
      socket.bind(port, ADDRESS);
      await bound;
      const release = (): Promise<unknown> => {
        server.close();
        return Promise.all([closed, once(socket.close(), 'close')]);
      };
      return { port, release };
    } catch {
      socket.close();
      server.close();
    }
  }
  throw new Error(`no port of ${ADDRESS} is free for both TCP and UDP`);
};
