/** Makes the heartbeat machine's datagrams. */
import type { Millis } from '../time.ts';
import type { Link } from './heartbeat-link.ts';
import { type HeartbeatPacket, idPrefix, type PacketType, sealPacket } from './heartbeat-packet.ts';
import { pickRelays } from './heartbeat-relay.ts';
import type { HeartbeatState } from './heartbeat-state.ts';
import type { HeartbeatEffect } from './heartbeat-types.ts';

/** the late answers to this many datagrams still measure the round trip */
const SENT_KEPT = 8;

/** Only periodic heartbeats carry relayed loads: an answer is never longer than the feeler that asked for it. */
export function send(
  state: HeartbeatState,
  link: Link,
  type: PacketType,
  { now, wall }: { now: Millis; wall: Millis },
  effects: HeartbeatEffect[],
): void {
  if (link.address === '' || link.port === 0) return;
  const counter = state.counter + 1;
  const packet: HeartbeatPacket = {
    ...state.feed,
    type,
    sender: idPrefix(state.identity.self),
    epoch: state.identity.epoch,
    starts: state.identity.starts,
    counter,
    mainAgeMs: state.mainAgeMs,
    wall,
    echo: link.last?.counter ?? 0,
    holdMs: link.last === undefined ? undefined : now - link.last.at,
    relayed: type === 'beat' ? pickRelays(state.links, link, now) : [],
  };
  const bytes = sealPacket(packet, link.peer.host, state.mac);
  if (bytes === undefined) return;
  state.counter = counter;
  state.counters.sent++;
  link.sent.push({ counter, at: now });
  if (link.sent.length > SENT_KEPT) link.sent.shift();
  effects.push({ kind: 'datagram', host: link.peer.host, address: link.address, port: link.port, bytes });
}
