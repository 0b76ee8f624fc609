/**
 * libp2p as the agent uses it, in virtual time: connections that are dialled for ever to ring neighbours and on demand
 * to others, frames and floods in order within each, a flood that each neighbour passes on once. A connection whose
 * path is cut says nothing for a while; what waits in it arrives when the path is mended in time.
 */
import type { LinkTarget } from '../protocol/effect.ts';
import type { HostId } from '../protocol/identity.ts';
import { isOpenBothWays, sendReliably } from '../protocol/rehearse/paths.ts';
import type { Millis } from '../protocol/time.ts';
import type { Message } from '../protocol/wire/message.ts';
import { count, hostAt, type Network, receive } from './fabric.ts';
import { type Agent, enter, type Host } from './host.ts';
import { after } from './world.ts';

/** One end of a connection, at one agent. */
export interface End {
  readonly host: Host;
  readonly agent: Agent;
  other: End;
  connection: Connection;
  /** nothing arrives before what was sent before it: frames and floods are two streams */
  arrivesAt: { frame: Millis; flood: Millis };
  waiting: (() => void)[];
}

export interface Connection {
  isOpen: boolean;
  usedAt: Millis;
  /** since when something waits for the path; null: nothing does */
  stuckSince: Millis | null;
}

/** What the shell's mesh keeps for one agent. */
export interface Links {
  ring: Map<HostId, LinkTarget>;
  known: Map<HostId, LinkTarget>;
  ends: Map<HostId, End>;
  dialling: Map<HostId, { failures: number; nextAt: Millis }>;
  seen: Set<number>;
}

const HANDSHAKES = 4;
const DIAL_MS = 3_000;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;
const POLITENESS_MS = 100;
const TEND_MS = 1_000;
const IDLE_MS = 30_000;
/** A connection that cannot deliver for this long is given up by its kernel. */
const STUCK_MS = 20_000;

export const createLinks = (): Links => ({
  ring: new Map(),
  known: new Map(),
  ends: new Map(),
  dialling: new Map(),
  seen: new Set(),
});

export function setRing(net: Network, host: Host, ring: LinkTarget[], known: LinkTarget[]): void {
  const links = linksOf(net, host);
  if (!links) return;
  links.known = new Map(known.map((target) => [target.host, target]));
  const before = links.ring;
  links.ring = new Map(ring.map((target) => [target.host, target]));
  for (const target of ring) {
    const old = before.get(target.host);
    if (old?.address === target.address && old.port === target.port) continue;
    links.dialling.delete(target.host);
    after(net.world, host.id < target.host ? 0 : POLITENESS_MS, () => keepDialling(net, host, target.host));
  }
}

const linksOf = (net: Network, host: Host): Links | undefined =>
  (host.agent && net.links.get(host.agent)) || undefined;

/** Until it is linked or no neighbour any more. */
function keepDialling(net: Network, host: Host, to: HostId): void {
  const { agent } = host;
  const links = linksOf(net, host);
  const target = links?.ring.get(to);
  if (!agent || !links || !target || links.ends.has(to)) return;
  const state = links.dialling.get(to) ?? { failures: 0, nextAt: 0 };
  if (net.world.now < state.nextAt) return;
  links.dialling.set(to, state);
  const pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** state.failures);
  state.failures += 1;
  state.nextAt = net.world.now + pause;
  dial(net, host, target, (linked) => {
    if (linked) return void links.dialling.delete(to);
    const waitMs = Math.max(0, state.nextAt - net.world.now);
    after(net.world, waitMs, () => enter(agent.process, () => keepDialling(net, host, to)));
  });
}

/** `done(false)` at once when refused, after the timeout when nobody answers. */
export function dial(
  net: Network,
  host: Host,
  target: Pick<LinkTarget, 'address' | 'port'>,
  done: (linked: boolean) => void,
): void {
  const { agent } = host;
  if (!agent) return;
  const finish = (ms: Millis, act: () => void): void => after(net.world, ms, () => enter(agent.process, act));
  const peer = hostAt(net, target.address);
  if (!peer?.hasPower || !isOpenBothWays(net.paths, host.id, peer.id))
    return finish(DIAL_MS, () => done(false));
  const ms = HANDSHAKES * sendReliably(net.paths, host.id, peer.id);
  finish(ms, () => {
    const theirs = peer.agent;
    const answers = theirs && !theirs.process.frozen && theirs.process.stalledUntil <= net.world.now;
    if (!answers || target.port !== peer.port || !isOpenBothWays(net.paths, host.id, peer.id))
      return done(false);
    if (linksOf(net, host)?.ends.has(peer.id)) return done(true);
    connect(net, { host, agent }, { host: peer, agent: theirs });
    done(true);
  });
}

type Side = Pick<End, 'host' | 'agent'>;

function connect(net: Network, a: Side, b: Side): void {
  const connection: Connection = { isOpen: true, usedAt: net.world.now, stuckSince: null };
  const end = (side: Side): Omit<End, 'other'> => ({
    ...side,
    connection,
    arrivesAt: { frame: 0, flood: 0 },
    waiting: [],
  });
  const one: Omit<End, 'other'> & { other?: End } = end(a);
  const two: End = { ...end(b), other: one as End };
  one.other = two;
  net.connections.add(two);
  for (const side of [two.other, two]) {
    const links = net.links.get(side.agent);
    const old = links?.ends.get(side.other.host.id);
    links?.ends.set(side.other.host.id, side);
    // A newer connection takes over without a word, as the agent's link table does it.
    if (old) abandon(net, old);
    else side.agent.loop.post({ kind: 'peerUp', host: side.other.host.id });
  }
}

/** Forgotten at this end; the other end learns it when it next uses it. */
function abandon(net: Network, end: End): void {
  end.connection.isOpen = false;
  lose(net, end.other);
}

/** This end is told by its kernel that the connection is over. */
function lose(net: Network, end: End): void {
  const links = net.links.get(end.agent);
  const peer = end.other.host.id;
  net.connections.delete(end);
  net.connections.delete(end.other);
  if (links?.ends.get(peer) !== end) return;
  links.ends.delete(peer);
  if (!end.agent.process.isAlive) return;
  end.agent.loop.post({ kind: 'peerDown', host: peer });
  after(net.world, 0, () => enter(end.agent.process, () => keepDialling(net, end.host, peer)));
}

/** One message down one stream of the connection. */
function transmit(
  net: Network,
  end: End,
  lane: 'frame' | 'flood',
  message: Message,
  arrive: (at: End) => void,
): void {
  const { connection, other } = end;
  connection.usedAt = net.world.now;
  const carry = (): void => {
    end.arrivesAt[lane] = Math.max(
      end.arrivesAt[lane],
      net.world.now + sendReliably(net.paths, end.host.id, other.host.id),
    );
    after(net.world, end.arrivesAt[lane] - net.world.now, () => {
      if (connection.isOpen && isOpenBothWays(net.paths, end.host.id, other.host.id))
        enter(other.agent.process, () => arrive(other));
      else if (connection.isOpen) stick(net, end, carry);
    });
  };
  count(net, message.type);
  if (end.waiting.length > 0 || !isOpenBothWays(net.paths, end.host.id, other.host.id))
    stick(net, end, carry);
  else carry();
}

function stick(net: Network, end: End, carry: () => void): void {
  end.waiting.push(carry);
  end.connection.stuckSince ??= net.world.now;
}

export function send(net: Network, host: Host, to: HostId, message: Message): void {
  const links = linksOf(net, host);
  if (!links) return;
  const deliver = (): void => {
    const end = links.ends.get(to);
    if (end) transmit(net, end, 'frame', message, (at) => receive(at.host, host.id, message));
  };
  if (links.ends.has(to)) return deliver();
  const target = links.known.get(to);
  if (target) dial(net, host, target, (linked) => linked && deliver());
}

export function broadcast(net: Network, host: Host, message: Message): void {
  passOn(net, host, net.nextFlood++, message, null);
}

function passOn(net: Network, host: Host, flood: number, message: Message, from: HostId | null): void {
  const links = linksOf(net, host);
  if (!links) return;
  links.seen.add(flood);
  for (const [peer, end] of links.ends) {
    if (peer === from || !links.ring.has(peer)) continue;
    transmit(net, end, 'flood', message, (at) => {
      if (net.links.get(at.agent)?.seen.has(flood)) return;
      passOn(net, at.host, flood, message, host.id);
      receive(at.host, host.id, message);
    });
  }
}

/** An agent is gone. Its kernel says so to its peers as soon as it can, unless it is gone as well. */
export function closeAll(net: Network, host: Host, agent: Agent): void {
  for (const end of net.links.get(agent)?.ends.values() ?? []) {
    if (!host.hasPower) continue;
    end.connection.stuckSince ??= net.world.now;
    after(net.world, sendReliably(net.paths, host.id, end.other.host.id), () => tendEnd(net, end));
  }
}

/** Each second: what waits goes on its way, what is dead ends, what nobody uses is closed. */
export function tend(net: Network): void {
  after(net.world, TEND_MS, () => tend(net));
  for (const end of [...net.connections]) tendEnd(net, end);
}

function tendEnd(net: Network, end: End): void {
  const { connection, other } = end;
  if (!connection.isOpen) return;
  const open = isOpenBothWays(net.paths, end.host.id, other.host.id);
  const ends = [end, other];
  if (open && ends.some((e) => !e.agent.process.isAlive && e.host.hasPower)) {
    for (const e of ends) fail(net, e);
    return;
  }
  if (open && ends.every((e) => e.host.hasPower)) {
    connection.stuckSince = null;
    for (const e of ends) for (const carry of e.waiting.splice(0)) carry();
  }
  const stuck = connection.stuckSince !== null && net.world.now - connection.stuckSince > STUCK_MS;
  if (stuck || isIdle(net, end)) for (const e of ends) fail(net, e);
}

function fail(net: Network, end: End): void {
  end.connection.isOpen = false;
  lose(net, end);
}

function isIdle(net: Network, end: End): boolean {
  if (net.world.now - end.connection.usedAt < IDLE_MS) return false;
  return [end, end.other].every((e) => !net.links.get(e.agent)?.ring.has(e.other.host.id));
}
