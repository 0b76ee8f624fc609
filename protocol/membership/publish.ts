/** Tells the shell whom to keep connected to and the heartbeat worker whom to beat to, watch and feel; changes only. */
import type { LinkTarget } from '../effect.ts';
import type { HostId } from '../identity.ts';
import { emit, type State } from '../state.ts';
import type { HeartbeatPeer } from './heartbeat-types.ts';
import { addressOf, hostState, knownHosts } from './view.ts';
import { ringOf } from './watchers.ts';

/** Failed hosts we keep trying by TCP as well, in case their UDP is shut. */
const FAILED_LINKS = 4;

export function publishLinks(state: State): void {
  const { watched, watchers } = ringOf(state);
  const failed = knownHosts(state).filter((host) => hostState(state, host) === 'failed');
  const ring = new Set([...watched, ...watchers, ...failed.slice(0, FAILED_LINKS)]);
  const known = knownHosts(state).filter((host) => host !== state.self && hostState(state, host) !== 'left');
  const targets = known.flatMap((host) => linkTarget(state, host));
  const key = targets.map((t) => `${t.host} ${t.address} ${t.port} ${ring.has(t.host)}`).join(',');
  if (key !== state.membership.lastLinks) {
    state.membership.lastLinks = key;
    emit(state, { kind: 'links', ring: targets.filter((t) => ring.has(t.host)), known: targets });
  }
  publishFeed(state, known, new Set(watched), new Set(watchers));
}

function linkTarget(state: State, host: HostId): LinkTarget[] {
  const member = state.gossip.members.get(host);
  const at = addressOf(state, host);
  return member && at ? [{ host, publicKey: member.publicKey, ...at }] : [];
}

function publishFeed(state: State, known: HostId[], watched: Set<HostId>, watchers: Set<HostId>): void {
  const { digest } = state.table;
  const { incarnation, load } = state.membership;
  const peers = known.flatMap((host) => heartbeatPeer(state, host, watched, watchers));
  const roles = peers.map((p) => `${p.host} ${p.address} ${p.port} ${p.beat} ${p.watch} ${p.feel}`).join(',');
  const key = `${digest[0]} ${digest[1]} ${incarnation} ${JSON.stringify(load)} ${roles}`;
  if (key === state.membership.lastFeed) return;
  state.membership.lastFeed = key;
  emit(state, { kind: 'heartbeat', feed: { peers, digest: [digest[0], digest[1]], incarnation, load } });
}

function heartbeatPeer(
  state: State,
  host: HostId,
  watched: Set<HostId>,
  watchers: Set<HostId>,
): HeartbeatPeer[] {
  const member = state.gossip.members.get(host);
  const at = addressOf(state, host);
  if (!member || !at) return [];
  const feel = hostState(state, host) === 'failed';
  return [{ host, ...at, dh: member.dh, beat: watchers.has(host), watch: watched.has(host) && !feel, feel }];
}
