/** The heartbeat machine's state: one machine per worker. */
import type { Millis } from '../time.ts';
import { createLinks, type Links } from './heartbeat-link.ts';
import type { HeartbeatTunables } from './heartbeat-timing.ts';
import type { HeartbeatFeed, HeartbeatIdentity, HeartbeatInput, PairMac } from './heartbeat-types.ts';

/** Datagrams since the start of this machine. */
export interface HeartbeatCounters {
  sent: number;
  accepted: number;
  malformed: number;
  /** sender not in the feed, or no key for it */
  unknown: number;
  /** our own id as sender */
  own: number;
  badTag: number;
  replayed: number;
  /** authentic, but more than one peer may send */
  flooded: number;
}

export interface HeartbeatState {
  readonly identity: HeartbeatIdentity;
  readonly mac: PairMac;
  readonly tunables: HeartbeatTunables;
  readonly counters: HeartbeatCounters;
  /** counter of the last datagram sent: a machine that replaces this one within the same start continues from it */
  counter: number;
  links: Links;
  feed: Omit<HeartbeatFeed, 'peers'>;
  mainAgeMs: Millis;
  lastTickAt: Millis | undefined;
  /** all our stalls, and those since the last tick */
  stalledMs: Millis;
  stalledSinceTickMs: Millis;
  unwellAt: Map<string, Millis>;
}

export type InputOf<K extends HeartbeatInput['kind']> = Extract<HeartbeatInput, { kind: K }>;

/** `afterCounter`: the last counter that this start of the agent has used. */
export function createHeartbeat(
  identity: HeartbeatIdentity,
  mac: PairMac,
  tunables: HeartbeatTunables,
  afterCounter = 0,
): HeartbeatState {
  for (const name of ['epoch', 'starts'] as const) {
    const value = identity[name];
    if (value >>> 0 !== value)
      throw new RangeError(`heartbeat ${name} ${value}: must be an unsigned 32-bit number`);
  }
  return {
    identity,
    mac,
    tunables,
    counters: { sent: 0, accepted: 0, malformed: 0, unknown: 0, own: 0, badTag: 0, replayed: 0, flooded: 0 },
    counter: afterCounter,
    links: createLinks(),
    feed: { digest: [0, 0], incarnation: 0, load: { cpuMille: 0, memoryMille: 0, containers: 0 } },
    mainAgeMs: 0,
    lastTickAt: undefined,
    stalledMs: 0,
    stalledSinceTickMs: 0,
    unwellAt: new Map(),
  };
}
