/** An observer's work: silence -> second witness -> alert; hearing again -> retraction or vouch. */
import { ownerBody } from '../crdt/table.ts';
import { writeRow } from '../gossip/write.ts';
import type { HostId } from '../identity.ts';
import type { ProbeOutcome } from '../input.ts';
import type { AlertBody } from '../records/alert.ts';
import { emit, log, type State } from '../state.ts';
import type { Millis } from '../time.ts';
import type { PeerState, Witness } from './state.ts';
import { alertsAbout, isOutdated } from './verdict.ts';
import { addressOf, hostBody, hostName, hostState, peerOf } from './view.ts';
import { observersIn } from './watchers.ts';

const SECOND_REFUSAL_MS = 300;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 8_000;
/** A host whose main loop has not turned for this long is stalled by its own word. */
const STALLED_MAIN_MS = 10_000;

export const isObserver = (state: State, host: HostId): boolean =>
  observersIn(state, host).includes(state.self);

/** The heartbeat machine reports that a watched host is silent. */
export function onSilent(state: State, host: HostId, forMs: Millis): void {
  const peer = peerOf(state, host);
  peer.silentMs = forMs;
  if (peer.witness || !hostBody(state, host) || ['failed', 'left'].includes(hostState(state, host))) return;
  const { loneVerdictMs, confirmMs } = state.config.tunables;
  if (isIsolated(state) && forMs < loneVerdictMs - confirmMs) return;
  callWitness(state, host, peer);
}

/** A link ended: the peer's kernel may already say that its agent is gone, long before heartbeats are missed. */
export function onLinkLost(state: State, host: HostId): void {
  const peer = peerOf(state, host);
  log(state, 'info', `link to ${hostName(state, host)} ended`, { peer: host });
  if (peer.witness || !isObserver(state, host) || ['failed', 'left'].includes(hostState(state, host))) return;
  callWitness(state, host, peer);
}

/** More than half of the links silent: more likely it is us (rule V1). Our verdicts then take the lone one's time. */
function isIsolated(state: State): boolean {
  const watched = [...state.membership.peers].filter(
    ([host]) => !['failed', 'left'].includes(hostState(state, host)) && isObserver(state, host),
  );
  const silent = watched.filter(([, peer]) => peer.silentMs > 0).length;
  return silent * 2 > watched.length;
}

function callWitness(state: State, host: HostId, peer: PeerState): void {
  peer.witness = {
    startedAt: state.now,
    refusals: 0,
    nextProbeAt: state.now,
    probing: false,
    pauseMs: FIRST_PAUSE_MS,
  };
  if (state.gossip.peers.has(host)) {
    emit(state, { kind: 'send', to: host, message: { type: 'ping', token: state.nextToken++ } });
  }
  probeWitness(state, host, peer.witness);
}

/** On ticks: repeats the TCP connect with growing pauses while the silence lasts. */
export function continueWitnesses(state: State): void {
  for (const [host, peer] of state.membership.peers) {
    const { witness } = peer;
    if (!witness || witness.probing || state.now < witness.nextProbeAt) continue;
    if (isObserver(state, host)) probeWitness(state, host, witness);
    else standDown(peer);
  }
}

/** The rings changed: others watch it now, and its heartbeats go to them. */
function standDown(peer: PeerState): void {
  peer.witness = null;
  peer.silentMs = 0;
}

function probeWitness(state: State, host: HostId, witness: Witness): void {
  const at = addressOf(state, host);
  if (!at) return;
  witness.probing = true;
  const probe = state.membership.nextProbe++;
  state.membership.probes.set(probe, { host, claim: null });
  emit(state, { kind: 'probe', probe, ...at, timeoutMs: state.config.tunables.confirmMs });
}

export function onWitnessed(state: State, host: HostId, outcome: ProbeOutcome): void {
  const peer = peerOf(state, host);
  const { witness } = peer;
  if (!witness) return;
  witness.probing = false;
  if (!isObserver(state, host)) return standDown(peer);
  const isYoung = state.now - witness.startedAt < SECOND_REFUSAL_MS;
  if (outcome === 'refused' && witness.refusals === 0) witness.refusals = 1;
  // A dying process still accepts for a moment: when its link just broke, one connect says nothing.
  else if (!(outcome === 'open' && isYoung && peer.silentMs === 0))
    return weigh(state, host, peer, witness, outcome);
  witness.nextProbeAt = state.now + SECOND_REFUSAL_MS;
}

function weigh(state: State, host: HostId, peer: PeerState, witness: Witness, outcome: ProbeOutcome): void {
  witness.refusals = outcome === 'refused' ? witness.refusals + 1 : 0;
  witness.nextProbeAt = state.now + witness.pauseMs;
  witness.pauseMs = Math.min(MAX_PAUSE_MS, witness.pauseMs * 2);
  conclude(state, host, peer, outcome);
}

function conclude(state: State, host: HostId, peer: PeerState, outcome: ProbeOutcome): void {
  const { loneVerdictMs, confirmMs } = state.config.tunables;
  const stillHeard = peer.silentMs === 0 && peer.heardAt !== null;
  if (outcome === 'open') {
    // Its kernel answers. Without missing heartbeats it was only a link that broke.
    if (stillHeard) peer.witness = null;
    else accuse(state, host, 'stalled');
  } else if (outcome === 'refused') {
    accuse(state, host, 'agent-down');
  } else if (stillHeard) {
    peer.witness = null;
  } else if (isIsolated(state) && peer.silentMs < loneVerdictMs) {
    // More of our links fell silent meanwhile: then it is asked again when an isolated host may judge.
    if (peer.witness)
      peer.witness.nextProbeAt = state.now + Math.max(0, loneVerdictMs - confirmMs - peer.silentMs);
  } else {
    accuse(state, host, 'unreachable');
  }
}

/** Writes our word on a host, if it is news. */
function accuse(state: State, host: HostId, says: AlertBody['says']): void {
  const incarnation = hostBody(state, host)?.incarnation;
  if (incarnation === undefined) return;
  const ours = ownerBody(state.table, 'alert', host, 'verdict', state.self);
  if (ours?.incarnation === incarnation && ours.says === says) return;
  const { silentMs } = peerOf(state, host);
  writeRow(state, 'alert', host, 'verdict', { incarnation, says, silentMs: Math.round(silentMs) });
  log(state, says === 'alive' ? 'info' : 'warn', `${hostName(state, host)}: ${says}`, {
    peer: host,
    silentMs,
  });
}

/** An authentic datagram or a pong: the silence is over. */
export function onHeard(state: State, host: HostId): void {
  const peer = peerOf(state, host);
  peer.heardAt = state.now;
  peer.silentMs = 0;
  const { witness } = peer;
  const refusedLately = witness !== null && witness.refusals > 0;
  const linkJustBroke = witness !== null && state.now - witness.startedAt < 2 * SECOND_REFUSAL_MS;
  if (!refusedLately && !linkJustBroke) peer.witness = null;
  if (peer.mainAgeMs > STALLED_MAIN_MS) {
    accuse(state, host, 'stalled');
    return;
  }
  const record = hostBody(state, host);
  if (refusedLately || (record && isOutdated(record, peer))) return;
  const alerts = alertsAbout(state, host);
  const ours = alerts.get(state.self);
  const othersAccuse = [...alerts].some(([by, alert]) => by !== state.self && alert.says !== 'alive');
  if (ours ? ours.says !== 'alive' : othersAccuse && isObserver(state, host)) accuse(state, host, 'alive');
}
