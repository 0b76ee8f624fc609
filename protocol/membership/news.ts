/** News of other hosts: what the heartbeat machine and the probes report. */
import { noteDigest } from '../gossip/repair.ts';
import type { ProbeOutcome } from '../input.ts';
import { log, type State } from '../state.ts';
import { onHeard, onSilent, onWitnessed } from './accuse.ts';
import { onEndpointProbed } from './endpoints.ts';
import type { HeartbeatReport } from './heartbeat-types.ts';
import { onReachProbed } from './reach.ts';
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
  onHeard(state, report.host);
  noteDigest(state, report.host, report.digest);
}

export function onProbed(state: State, probe: number, outcome: ProbeOutcome): void {
  const asked = state.membership.probes.get(probe);
  if (!asked) return;
  state.membership.probes.delete(probe);
  if (asked.claim === null) onWitnessed(state, asked.host, outcome);
  else if (!onReachProbed(state, asked.claim, outcome)) onEndpointProbed(state, asked.host, asked.claim, outcome);
}
