/** Untrusted datagrams: authenticated, ordered, counted, reported. */
import type { Millis } from '../time.ts';
import type { Link, Moment } from './heartbeat-link.ts';
import {
  type HeartbeatPacket,
  idPrefix,
  isAuthentic,
  type OpenedPacket,
  openPacket,
} from './heartbeat-packet.ts';
import { readRelays } from './heartbeat-relay.ts';
import { send } from './heartbeat-send.ts';
import type { HeartbeatState, InputOf } from './heartbeat-state.ts';
import { ANSWER_PAUSE_MS, HEARD_PAUSE_MS, learnArrival, MAX_PER_SECOND } from './heartbeat-timing.ts';
import type { HeartbeatEffect } from './heartbeat-types.ts';

export function receive(
  state: HeartbeatState,
  input: InputOf<'datagram'>,
  at: Moment,
  effects: HeartbeatEffect[],
): void {
  const opened = openPacket(input.bytes);
  if (opened === undefined) {
    state.counters.malformed++;
    return;
  }
  const link = senderOf(state, opened);
  if (link === undefined) return;
  const { packet } = opened;
  if (!isNewer(packet, link)) {
    state.counters.replayed++;
    return;
  }
  if (floods(link, at.now)) {
    state.counters.flooded++;
    return;
  }
  state.counters.accepted++;
  link.last = { epoch: packet.epoch, starts: packet.starts, counter: packet.counter, at: at.now };
  link.address = input.address;
  link.port = input.port;
  link.heardLive = at.live;
  if (packet.type === 'beat') learnArrival(link.arrivals, at.live, state.tunables);
  link.load = packet.load;
  link.loadAt = at.now;
  learnRoundTrip(link, packet, at.now);
  reportHeard(state, link, packet, input, effects);
  if (packet.type === 'feeler' && at.now - link.answeredAt >= ANSWER_PAUSE_MS) {
    link.answeredAt = at.now;
    send(state, link, 'answer', input, effects);
  }
}

/** The known peer that made the tag; ids may share a prefix. Counts why there is none. */
function senderOf(state: HeartbeatState, opened: OpenedPacket): Link | undefined {
  const { self } = state.identity;
  let reason: 'unknown' | 'own' | 'badTag' = opened.packet.sender === idPrefix(self) ? 'own' : 'unknown';
  for (const link of state.links.byPrefix.get(opened.packet.sender) ?? []) {
    const authentic = isAuthentic(opened, link.peer.host, self, state.mac);
    if (authentic) return link;
    if (authentic === false) reason = 'badTag';
  }
  state.counters[reason]++;
  return undefined;
}

function isNewer(packet: HeartbeatPacket, { last }: Link): boolean {
  if (last === undefined) return true;
  if (packet.epoch !== last.epoch) return packet.epoch > last.epoch;
  if (packet.starts !== last.starts) return packet.starts > last.starts;
  return packet.counter > last.counter;
}

/** A member that says something new in each of very many datagrams must not drown the core in reports. */
function floods(link: Link, now: Millis): boolean {
  if (now - link.countedSince >= 1_000) {
    link.countedSince = now;
    link.counted = 0;
  }
  link.counted++;
  return link.counted > MAX_PER_SECOND;
}

function learnRoundTrip(link: Link, packet: HeartbeatPacket, now: Millis): void {
  const sent = link.sent.find(({ counter }) => counter === packet.echo);
  if (sent === undefined || packet.holdMs === undefined) return;
  const sampleMs = now - sent.at - packet.holdMs;
  // Negative: an echo of the same counter of an earlier start of ours.
  if (sampleMs < 0) return;
  link.rttMs = link.rttMs === undefined ? sampleMs : link.rttMs + (sampleMs - link.rttMs) / 8;
}

function reportHeard(
  state: HeartbeatState,
  link: Link,
  packet: HeartbeatPacket,
  { now, wall, address, port }: InputOf<'datagram'>,
  effects: HeartbeatEffect[],
): void {
  const endsSilence = link.silentNextAt !== undefined;
  link.silentNextAt = undefined;
  const { digest, incarnation } = packet;
  const before = link.reported;
  const saysNew =
    before === undefined ||
    before.digest[0] !== digest[0] ||
    before.digest[1] !== digest[1] ||
    before.incarnation !== incarnation ||
    before.address !== address ||
    before.port !== port;
  if (!endsSilence && !saysNew && now - before.at < HEARD_PAUSE_MS) return;
  link.reported = { at: now, digest, incarnation, address, port };
  effects.push({
    kind: 'report',
    report: 'heard',
    host: link.peer.host,
    address,
    port,
    digest,
    incarnation,
    mainAgeMs: packet.mainAgeMs,
    clockOffsetMs: packet.wall - wall,
    load: packet.load,
    relayed: readRelays(state.links, packet.relayed, now),
    ...(link.rttMs === undefined ? {} : { rttMs: link.rttMs }),
  });
}
