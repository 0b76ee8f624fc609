/** Re-judges every host, acts on what changed, and opens the slots of the failed after their grace (rule C8). */
import type { HostState } from '../api.ts';
import { isRemovedHost } from '../crdt/merge.ts';
import { writeRow } from '../gossip/write.ts';
import type { HostId } from '../identity.ts';
import { emit, log, type State } from '../state.ts';
import type { PeerState } from './state.ts';
import { alertsAbout, HEARING_MS, judge, jury } from './verdict.ts';
import { hostBody, hostName, hostState, knownHosts, lifeOf, peerOf } from './view.ts';

const REFUTE_PAUSE_MS = 1_000;

export function refreshView(state: State): void {
  forgetRemoved(state);
  for (const host of knownHosts(state)) {
    if (host === state.self) continue;
    const peer = peerOf(state, host);
    noteAccused(state, host, peer);
    noteLife(state, host, peer);
    settleState(state, host, peer, judge(state, host, peer));
  }
  openFailed(state);
  refute(state);
}

/** The last state of a removed host must not count for ever: as a silent link, or as a reason to look again. */
function forgetRemoved(state: State): void {
  for (const host of state.membership.peers.keys()) {
    if (isRemovedHost(state.table, host)) state.membership.peers.delete(host);
  }
}

function noteAccused(state: State, host: HostId, peer: PeerState): void {
  const silences = [...alertsAbout(state, host).values()]
    .filter((a) => a.says !== 'alive')
    .map((a) => a.silentMs);
  if (silences.length === 0) {
    peer.accusedSince = null;
    peer.accusedAt = null;
  } else {
    peer.accusedSince ??= state.now - Math.max(...silences);
    peer.accusedAt ??= state.now;
  }
}

function noteLife(state: State, host: HostId, peer: PeerState): void {
  const body = hostBody(state, host);
  const life = body ? lifeOf(body) : '';
  if (life === peer.life) return;
  peer.life = life;
  peer.lifeSince = state.now;
  state.dirty.all = true;
}

function settleState(state: State, host: HostId, peer: PeerState, next: HostState): void {
  const incarnation = hostBody(state, host)?.incarnation ?? 0;
  if (next === 'failed') peer.failedIncarnation = incarnation;
  else if (next === 'alive') peer.failedIncarnation = null;
  if (next === peer.state) return;
  const from = peer.state;
  peer.state = next;
  peer.stateSince = state.now;
  if (next === 'failed') {
    peer.load = null;
    emit(state, { kind: 'drop', host });
  }
  if (next !== 'failed') peer.opened = next === 'left';
  state.dirty.all = true;
  state.dirty.view = true;
  const level = next === 'alive' || next === 'left' ? 'info' : 'warn';
  log(state, level, `host ${hostName(state, host)} is ${next}`, { peer: host, from, to: next });
}

/**
 * Judged anew when the grace ends: hosts that fail within seconds of each other are one event, and when more than
 * half of the mesh is gone a partition is likelier, so it waits longer; never for ever.
 */
function openFailed(state: State): void {
  const { graceMs, massGraceMs, massWindowMs } = state.config.tunables;
  const hosts = knownHosts(state).filter((host) => hostState(state, host) !== 'left');
  const waiting = hosts.map((host) => state.membership.peers.get(host)).filter((p) => p?.state === 'failed');
  const newest = Math.max(...waiting.map((p) => p?.stateSince ?? 0));
  const recent = waiting.filter((p) => p && newest - p.stateSince <= massWindowMs).length;
  const mass = (recent + hosts.filter((host) => isFailing(state, host)).length) * 2 > hosts.length;
  state.membership.nextOpenAt = Number.POSITIVE_INFINITY;
  for (const peer of waiting) {
    if (!peer || peer.opened) continue;
    const due = mass ? newest + massGraceMs : peer.stateSince + graceMs;
    if (state.now < due) {
      state.membership.nextOpenAt = Math.min(state.membership.nextOpenAt, due);
      continue;
    }
    peer.opened = true;
    state.dirty.all = true;
  }
}

/** Silent or accused, but not judged yet: the verdicts on hosts that died at one moment are seconds apart. */
function isFailing(state: State, host: HostId): boolean {
  const peer = state.membership.peers.get(host);
  return peer !== undefined && (peer.state === 'suspect' || (peer.state === 'alive' && peer.silentMs > 0));
}

/** We are accused by enough to matter, yet here we are: a higher incarnation voids every older accusation. */
function refute(state: State): void {
  const body = hostBody(state, state.self);
  if (!body || body.left || state.now - state.membership.lastRefutedAt < REFUTE_PAUSE_MS) return;
  const alerts = [...alertsAbout(state, state.self)].filter(([by]) => hostState(state, by) !== 'failed');
  const accusers = alerts.filter(([, alert]) => alert.says !== 'alive');
  const vouched = alerts.some(([, alert]) => alert.says === 'alive');
  state.membership.accusedAt = accusers.length === 0 ? null : (state.membership.accusedAt ?? state.now);
  if (accusers.length === 0 || (vouched && accusers.length === 1)) return;
  // One among several: the others may vouch, and then its word can stand (A-C-B with A-B cut) without our endless nos.
  const mayBeVouched = accusers.length === 1 && jury(state, state.self).length > 1;
  if (mayBeVouched && state.now - (state.membership.accusedAt ?? state.now) < HEARING_MS) return;
  const incarnation = body.incarnation + 1;
  state.membership.lastRefutedAt = state.now;
  state.membership.incarnation = incarnation;
  writeRow(state, 'host', state.self, 'self', { ...body, incarnation });
  log(state, 'info', 'refuted an accusation', { incarnation, by: accusers.map(([by]) => by) });
}
