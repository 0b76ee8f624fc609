/** News of other hosts: what the heartbeat machine and the probes report. */
import { noteDigest } from '../gossip/repair.ts';
import type { HostId } from '../identity.ts';
import type { ProbeOutcome } from '../input.ts';
import { emit, log, type State } from '../state.ts';
import { onHeard, onSilent, onWitnessed } from './accuse.ts';
import { onEndpointProbed } from './endpoints.ts';
import type { HeartbeatReport } from './heartbeat-types.ts';
import { onReachProbed } from './reach.ts';
import type { PeerState } from './state.ts';
import { hostBody, peerOf } from './view.ts';

export function onHeartbeat(state: State, report: HeartbeatReport): void {
  switch (report.report) {
    case 'heard':
      return onHeardReport(state, report);
    case 'silent':
      state.dirty.view = true;
      return onSilent(state, report.host, report.forMs);
    case 'unwell':
      return log(state, 'warn', 'the kernel refuses our own heartbeats', { code: report.code });
  }
}

function onHeardReport(state: State, report: Extract<HeartbeatReport, { report: 'heard' }>): void {
  const peer = peerOf(state, report.host);
  const record = hostBody(state, report.host);
  const moved = record && (record.address !== report.address || record.port !== report.port);
  peer.heardFrom = moved ? { address: report.address, port: report.port } : null;
  peer.heardIncarnation = report.incarnation;
  peer.mainAgeMs = report.mainAgeMs;
  peer.clockOffsetMs = report.clockOffsetMs;
  peer.rttMs = report.rttMs ?? peer.rttMs;
  peer.load = { load: report.load, at: state.now };
  for (const { host, load, ageMs } of report.relayed) {
    const other = peerOf(state, host);
    if (host !== state.self && (!other.load || other.load.at < state.now - ageMs)) {
      other.load = { load, at: state.now - ageMs };
    }
  }
  if (peer.state !== 'alive') state.dirty.view = true;
  callBack(state, report.host, peer);
  onHeard(state, report.host);
  noteDigest(state, report.host, report.digest);
}

/** Heard, but not linked: a message makes the transport dial at once, so that a heal does not wait for its back-off. */
function callBack(state: State, host: HostId, peer: PeerState): void {
  if (peer.state === 'alive' || state.gossip.peers.has(host) || state.now - peer.calledAt < CALL_PAUSE_MS)
    return;
  peer.calledAt = state.now;
  emit(state, { kind: 'send', to: host, message: { type: 'ping', token: state.nextToken++ } });
}

const CALL_PAUSE_MS = 1_000;

export function onProbed(state: State, probe: number, outcome: ProbeOutcome): void {
  const asked = state.membership.probes.get(probe);
  if (!asked) return;
  state.membership.probes.delete(probe);
  if (asked.claim === null) onWitnessed(state, asked.host, outcome);
  else if (!onReachProbed(state, asked.claim, outcome))
    onEndpointProbed(state, asked.host, asked.claim, outcome);
}
