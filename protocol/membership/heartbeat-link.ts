/** What the heartbeat machine keeps of every known peer, and how the core's feed changes it. */
import type { HostId } from '../identity.ts';
import type { Load } from '../load.ts';
import { hash32 } from '../random.ts';
import type { Millis } from '../time.ts';
import { idPrefix, idShort } from './heartbeat-packet.ts';
import type { HeartbeatTunables } from './heartbeat-timing.ts';
import { type Arrivals, createArrivals, feelerEveryMs, TICK_MS } from './heartbeat-timing.ts';
import type { Digest, HeartbeatPeer } from './heartbeat-types.ts';

/** Times named `live` leave out our own stalls; silence is counted in them, everything else in plain `now`. */
export interface Link {
  peer: HeartbeatPeer;
  /** where to send: the source of the last authentic datagram, until the feed brings another address */
  address: string;
  port: number;
  /** greatest (epoch, starts, counter) accepted, and when */
  last: { epoch: number; starts: number; counter: number; at: Millis } | undefined;
  /** our latest datagrams to it, for the round trip */
  sent: { counter: number; at: Millis }[];
  rttMs: Millis | undefined;
  heardLive: Millis | undefined;
  watchedLive: Millis | undefined;
  arrivals: Arrivals;
  load: Load | undefined;
  loadAt: Millis;
  reported: Reported | undefined;
  /** time of the next `silent` report while it is silent */
  silentNextAt: Millis | undefined;
  beatAt: Millis;
  feelSince: Millis;
  feelAt: Millis;
  lateFeelerAt: Millis;
  answeredAt: Millis;
  relayCursor: number;
  /** authentic datagrams since then, to find one that floods */
  counted: number;
  countedSince: Millis;
}

interface Reported {
  at: Millis;
  digest: Digest;
  incarnation: number;
  address: string;
  port: number;
}

export interface Links {
  all: Map<HostId, Link>;
  /** those with beat, watch or feel: a tick looks at no others */
  active: Link[];
  byPrefix: Map<string, Link[]>;
  /** null: two hosts share that hash */
  byShort: Map<number, Link | null>;
  /** every host that has not failed is watched: nobody needs relayed loads */
  fullMesh: boolean;
}

export const createLinks = (): Links => ({
  all: new Map(),
  active: [],
  byPrefix: new Map(),
  byShort: new Map(),
  fullMesh: true,
});

export interface Moment {
  now: Millis;
  live: Millis;
}

export function applyPeers(
  links: Links,
  self: HostId,
  peers: HeartbeatPeer[],
  at: Moment,
  tunables: HeartbeatTunables,
): void {
  const others = peers.filter((peer) => peer.host !== self);
  const known = links.all.size;
  for (const peer of others) {
    const link = links.all.get(peer.host) ?? createLink(links, peer, tunables);
    updateLink(links, link, peer, at, tunables);
  }
  const added = links.all.size > known;
  const removed = dropUnlisted(links.all, others);
  if (added || removed) indexLinks(links);
  links.active = [...links.all.values()].filter(({ peer }) => peer.beat || peer.watch || peer.feel);
  links.fullMesh = others.every((peer) => peer.watch || peer.feel);
}

function createLink(links: Links, peer: HeartbeatPeer, tunables: HeartbeatTunables): Link {
  const link: Link = {
    peer: { ...peer, beat: false, watch: false, feel: false },
    address: peer.address,
    port: peer.port,
    last: undefined,
    sent: [],
    rttMs: undefined,
    heardLive: undefined,
    watchedLive: undefined,
    arrivals: createArrivals(tunables),
    load: undefined,
    loadAt: 0,
    reported: undefined,
    silentNextAt: undefined,
    beatAt: Number.POSITIVE_INFINITY,
    feelSince: 0,
    feelAt: Number.POSITIVE_INFINITY,
    lateFeelerAt: Number.NEGATIVE_INFINITY,
    answeredAt: Number.NEGATIVE_INFINITY,
    relayCursor: 0,
    counted: 0,
    countedSince: Number.NEGATIVE_INFINITY,
  };
  links.all.set(peer.host, link);
  return link;
}

function updateLink(
  links: Links,
  link: Link,
  peer: HeartbeatPeer,
  { now, live }: Moment,
  tunables: HeartbeatTunables,
): void {
  const before = link.peer;
  link.peer = { ...peer };
  if (peer.address !== before.address || peer.port !== before.port) {
    link.address = peer.address;
    link.port = peer.port;
  }
  if (peer.watch !== before.watch) {
    // A fresh start: the peer may only now learn that it has to beat to us, and a gap while nobody watched is no gap.
    link.watchedLive = peer.watch ? live : undefined;
    link.silentNextAt = undefined;
    link.arrivals.lastAt = undefined;
  }
  if (peer.beat !== before.beat) {
    link.beatAt = peer.beat ? freePhase(links, now, tunables.heartbeatMs) : Number.POSITIVE_INFINITY;
  }
  if (peer.feel !== before.feel) {
    link.feelSince = now;
    link.feelAt = peer.feel ? now + (hash32(peer.host) % feelerEveryMs(0)) : Number.POSITIVE_INFINITY;
  }
}

/** The soonest start within a period whose 100 ms slot of the period has the fewest other beats in it. */
function freePhase(links: Links, now: Millis, heartbeatMs: Millis): Millis {
  const slots = Math.max(1, Math.floor(heartbeatMs / TICK_MS));
  const slotOf = (at: Millis): number => Math.floor((at % heartbeatMs) / TICK_MS);
  const taken = new Array<number>(slots + 1).fill(0);
  for (const { beatAt } of links.all.values()) {
    if (Number.isFinite(beatAt)) taken[slotOf(beatAt)]! += 1;
  }
  let best = now;
  for (let i = 1; i < slots; i++) {
    const at = now + i * TICK_MS;
    if (taken[slotOf(at)]! < taken[slotOf(best)]!) best = at;
  }
  return best;
}

function dropUnlisted(all: Map<HostId, Link>, peers: HeartbeatPeer[]): boolean {
  if (all.size === peers.length) return false;
  const listed = new Set(peers.map((peer) => peer.host));
  let removed = false;
  for (const host of all.keys()) {
    if (!listed.has(host)) removed = all.delete(host);
  }
  return removed;
}

function indexLinks(links: Links): void {
  links.byPrefix.clear();
  links.byShort.clear();
  for (const [host, link] of links.all) {
    const prefix = idPrefix(host);
    links.byPrefix.set(prefix, [...(links.byPrefix.get(prefix) ?? []), link]);
    const short = idShort(host);
    links.byShort.set(short, links.byShort.has(short) ? null : link);
  }
}
