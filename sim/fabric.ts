/** What is between the hosts: who is where, and what has passed. */
import type { HostId } from '../protocol/identity.ts';
import type { Paths } from '../protocol/rehearse/paths.ts';
import type { Message } from '../protocol/wire/message.ts';
import type { End, Links } from './connections.ts';
import type { Agent, Host } from './host.ts';
import type { World } from './world.ts';

export interface Network {
  readonly world: World;
  readonly paths: Paths;
  readonly hosts: Map<HostId, Host>;
  readonly links: Map<Agent, Links>;
  /** one end of every connection there is */
  readonly connections: Set<End>;
  nextFlood: number;
  /** what left, by kind: `datagram`, and messages on connections by type */
  readonly sent: Map<string, number>;
  /** messages travel as bytes of the real codec, else as frozen objects */
  isCoded: boolean;
}

export const hostAt = (net: Network, address: string): Host | undefined =>
  [...net.hosts.values()].find((host) => host.address === address);

export const count = (net: Network, what: string): void =>
  void net.sent.set(what, (net.sent.get(what) ?? 0) + 1);

export function receive(to: Host, from: HostId, message: Message): void {
  to.agent?.loop.post({ kind: 'message', from, message });
}
