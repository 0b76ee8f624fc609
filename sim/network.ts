/** What connects the hosts: datagrams, TCP probes, and the agents' connections, over paths that can be cut. */
import type { ProbeOutcome } from '../protocol/input.ts';
import { listens } from '../protocol/rehearse/engine.ts';
import { createPaths, isOpenBothWays, sendDatagram, sendReliably } from '../protocol/rehearse/paths.ts';
import type { Millis } from '../protocol/time.ts';
import type { Message } from '../protocol/wire/message.ts';
import { decodeMessage, encodeMessage } from '../protocol/wire/validate.ts';
import { broadcast, closeAll, createLinks, send, setRing, tend } from './connections.ts';
import { count, hostAt, type Network } from './fabric.ts';
import { enter, type Host, stepMachine, type Wire } from './host.ts';
import { after, streamOf, type World } from './world.ts';

export type { Network };

export function createNetwork(world: World): Network {
  const net: Network = {
    world,
    paths: createPaths(streamOf(world, 'network')),
    hosts: new Map(),
    links: new Map(),
    connections: new Set(),
    nextFlood: 1,
    sent: new Map(),
    isCoded: false,
  };
  after(world, 0, () => tend(net));
  return net;
}

export const createWire = (net: Network): Wire => ({
  datagram: (from, address, port, bytes) => datagram(net, from, address, port, bytes),
  send: (from, to, message) => send(net, from, to, pass(net, from, message)),
  broadcast: (from, message) => broadcast(net, from, pass(net, from, message)),
  setLinks: (from, ring, known) => setRing(net, from, ring, known),
  probe: (from, address, port, timeoutMs, done) => probe(net, from, address, port, timeoutMs, done),
  opened: (agent) => void net.links.set(agent, createLinks()),
  closed: (host, agent) => {
    closeAll(net, host, agent);
    net.links.delete(agent);
  },
});

/** Nobody may change what others hold as well; or nobody gets what does not survive the codec. */
function pass(net: Network, from: Host, message: Message): Message {
  if (!net.isCoded) return freezeMessage(message);
  const { maxMessageBytes, maxBodyBytes } = from.config.tunables;
  const decoded = decodeMessage(encodeMessage(message), { maxMessageBytes, maxBodyBytes });
  if ('message' in decoded) return decoded.message;
  throw new Error(`message ${message.type} does not survive the codec: ${JSON.stringify(decoded)}`);
}

function freezeMessage(message: Message): Message {
  if (message.type === 'rows') for (const row of message.rows) Object.freeze(row);
  return Object.freeze(message);
}

function datagram(net: Network, from: Host, address: string, port: number, bytes: Uint8Array): void {
  count(net, 'datagram');
  const source = { address: from.address, port: from.port };
  const to = hostAt(net, address);
  if (!to) return;
  for (const ms of sendDatagram(net.paths, from.id, to.id)) {
    after(net.world, ms, () => {
      if (!to.agent || to.port !== port || to.address !== address) return;
      enter(to.agent.process, () => stepMachine(to, { kind: 'datagram', bytes, ...source }));
    });
  }
}

/** A TCP connect: the kernel answers for its listeners, refuses other ports, and a dead host says nothing. */
function probe(
  net: Network,
  from: Host,
  address: string,
  port: number,
  timeoutMs: Millis,
  done: (outcome: ProbeOutcome) => void,
): void {
  count(net, 'probe');
  const to = hostAt(net, address);
  const ms = to ? sendReliably(net.paths, from.id, to.id) + sendReliably(net.paths, to.id, from.id) : 0;
  if (!to?.hasPower || ms > timeoutMs || !isOpenBothWays(net.paths, from.id, to.id)) {
    after(net.world, timeoutMs, () => done('timeout'));
    return;
  }
  after(net.world, ms, () => done(accepts(to, port) ? 'open' : 'refused'));
}

const accepts = (host: Host, port: number): boolean =>
  host.hasPower && (port === host.port ? host.agent !== null : listens(host.engine, port));
