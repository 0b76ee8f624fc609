/** Loads heard directly are passed on one hop, a few per heartbeat, within a fixed budget of bytes (rule R11). */
import type { HostId } from '../identity.ts';
import type { Load } from '../load.ts';
import type { Millis } from '../time.ts';
import type { Link, Links } from './heartbeat-link.ts';
import { idShort, type RelayedLoad } from './heartbeat-packet.ts';

const RELAYS_PER_BEAT = 3;
/** a load is passed on to one peer at most once in RELAY_CYCLE / RELAYS_PER_BEAT heartbeats: at rest nothing changes */
const RELAY_CYCLE = 15;
const RELAY_MAX_AGE_MS = 60_000;

/** The next loads for one receiver, round robin; advances its cursor. */
export function pickRelays(links: Links, receiver: Link, now: Millis): RelayedLoad[] {
  if (links.fullMesh) return [];
  const picked: RelayedLoad[] = [];
  const cycle = Math.max(RELAY_CYCLE, links.active.length);
  for (let i = 0; i < RELAYS_PER_BEAT; i++) {
    const link = links.active[(receiver.relayCursor + i) % cycle];
    if (link?.load === undefined || link === receiver) continue;
    const ageMs = now - link.loadAt;
    if (ageMs <= RELAY_MAX_AGE_MS) picked.push({ short: idShort(link.peer.host), load: link.load, ageMs });
  }
  receiver.relayCursor = (receiver.relayCursor + RELAYS_PER_BEAT) % cycle;
  return picked;
}

/** What was relayed about known hosts that are no neighbours and of which nothing as fresh was heard directly. */
export function readRelays(
  links: Links,
  relayed: RelayedLoad[],
  now: Millis,
): { host: HostId; load: Load; ageMs: Millis }[] {
  return relayed.flatMap(({ short, load, ageMs }) => {
    const link = links.byShort.get(short);
    if (!link || ageMs > RELAY_MAX_AGE_MS || link.peer.watch) return [];
    if (link.load !== undefined && now - link.loadAt <= ageMs) return [];
    return [{ host: link.peer.host, load, ageMs }];
  });
}
