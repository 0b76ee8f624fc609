import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { PortPlan } from '../../../protocol/engine.ts';

type Protocol = PortPlan['protocol'];

/** Published ports of this engine's containers: a process may take a while until it listens on its own. */
export interface PortBook {
  /** replaces each 0 by a free number; throws one line when a number is taken */
  take(ports: PortPlan[]): Promise<PortPlan[]>;
  hold(ports: PortPlan[]): void;
  release(ports: PortPlan[]): void;
}

/** A free number may be in the book already; then the system is asked again. */
const TRIES = 20;

export function portBook(): PortBook {
  const taken = new Set<string>();
  const key = ({ protocol, published }: PortPlan) => `${published}/${protocol}`;

  async function takeOne(port: PortPlan): Promise<PortPlan> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const published = await tryBind(port.protocol, port.published);
      const chosen = { ...port, published: published ?? port.published };
      if (published !== null && !taken.has(key(chosen))) {
        taken.add(key(chosen));
        return chosen;
      }
      if (port.published !== 0) break;
    }
    const name =
      port.published === 0 ? `no free ${port.protocol} port is left` : `port ${key(port)} is already taken`;
    throw new Error(`${name} on this host`);
  }

  async function take(ports: PortPlan[]): Promise<PortPlan[]> {
    const chosen: PortPlan[] = [];
    try {
      for (const port of ports) chosen.push(await takeOne(port));
      return chosen;
    } catch (err) {
      release(chosen);
      throw err;
    }
  }

  function release(ports: PortPlan[]): void {
    for (const port of ports) taken.delete(key(port));
  }

  function hold(ports: PortPlan[]): void {
    for (const port of ports) taken.add(key(port));
  }

  return { take, hold, release };
}

/** The number that could be bound for a moment (0: the system chooses), null when it is in use. */
function tryBind(protocol: Protocol, port: number): Promise<number | null> {
  return protocol === 'tcp' ? tryTcp(port) : tryUdp(port);
}

function tryTcp(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
}

function tryUdp(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(null);
    });
    socket.bind({ port, address: '0.0.0.0', exclusive: true }, () => {
      const { port: bound } = socket.address();
      socket.close(() => resolve(bound));
    });
  });
}
