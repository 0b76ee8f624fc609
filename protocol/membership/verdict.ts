/**
 * The verdict on a host: a pure function of the alerts held here, the rings and our own hearing (rules V1, V2).
 * Several observers must agree; when too few live, or after a long silence that nobody vouches against, one suffices.
 */
import type { HostState } from '../api.ts';
import { entriesOf } from '../crdt/table.ts';
import type { HostId } from '../identity.ts';
import type { AlertBody } from '../records/alert.ts';
import type { HostBody } from '../records/host.ts';
import type { State } from '../state.ts';
import type { PeerState } from './state.ts';
import { hostBody, hostState, knownHosts } from './view.ts';
import { observersIn } from './watchers.ts';

const VOUCH_MS = 3_000;
/** Observers that hear the accused say so within this: each hears it once a second. */
export const HEARING_MS = 1_500;
const RELAYED_FRESH_MS = 15_000;

type Accusation = Exclude<AlertBody['says'], 'alive'>;
const GRAVITY: Record<AlertBody['says'], number> = { alive: 0, stalled: 1, 'agent-down': 2, unreachable: 3 };
const VERDICT: Record<Accusation, HostState> = {
  stalled: 'stalled',
  'agent-down': 'agent-down',
  unreachable: 'failed',
};
const WORST_FIRST: Accusation[] = ['unreachable', 'agent-down', 'stalled'];

/**
 * The alerts about the host's incarnation, by observer. One of a higher incarnation waits until the host's own row says
 * that there is such a one: nobody else may count it up.
 */
export function alertsAbout(state: State, host: HostId): Map<HostId, AlertBody> {
  const incarnation = hostBody(state, host)?.incarnation ?? 0;
  const alerts = new Map<HostId, AlertBody>();
  for (const { row, body } of entriesOf(state.table, 'alert', host)) {
    if (body.incarnation === incarnation) alerts.set(row.origin, body);
  }
  return alerts;
}

/** Observers whose word counts: live in our view and not themselves accused; all live ones when that leaves none. */
export function jury(state: State, host: HostId): HostId[] {
  const live = observersIn(state, host).filter((o) => ['alive', 'suspect'].includes(hostState(state, o)));
  const clean = live.filter((o) => o === state.self || !isAccused(state, o, host));
  return clean.length > 0 ? clean : live;
}

function isAccused(state: State, host: HostId, except: HostId): boolean {
  for (const [by, body] of alertsAbout(state, host)) {
    if (by !== except && GRAVITY[body.says] > 0 && hostState(state, by) === 'alive') return true;
  }
  return false;
}

/** Judges one other host. Does not change anything. */
export function judge(state: State, host: HostId, peer: PeerState): HostState {
  const body = hostBody(state, host);
  if (!body) return 'unknown';
  if (body.left) return 'left';
  const alerts = alertsAbout(state, host);
  const jurors = jury(state, host);
  const vouched = jurors.some((o) => vouches(state, o, alerts.get(o), peer));
  const isBack = (vouched || heardLately(state, peer)) && !isOutdated(body, peer);
  // Its kernel may answer long before its agent does: only its own word, or that of who heard it, brings it back.
  if (peer.failedIncarnation === body.incarnation && !isBack) return 'failed';
  const verdict = verdictOf(state, alerts, jurors, vouched, peer);
  if (verdict) return verdict;
  const accused = [...alerts.values()].some((alert) => GRAVITY[alert.says] > 0);
  const ownWord = jurors.includes(state.self) && GRAVITY[alerts.get(state.self)?.says ?? 'alive'] > 0;
  // Suspects sit in juries, the unknown do not: those that only accusations tell of would judge each other in circles.
  if (!isKnownAlive(state, host, peer, jurors)) return 'unknown';
  return ownWord || (accused && !vouched) ? 'suspect' : 'alive';
}

function verdictOf(
  state: State,
  alerts: Map<HostId, AlertBody>,
  jurors: HostId[],
  vouched: boolean,
  peer: PeerState,
): HostState | null {
  const k = Math.min(state.config.tunables.observers, knownHosts(state).length - 1);
  const needed = Math.max(1, Math.min(Math.floor(k / 2) + 1, jurors.length));
  const silentMs = peer.accusedSince === null ? 0 : state.now - peer.accusedSince;
  const isHeardOut =
    jurors.length < 2 || (peer.accusedAt !== null && state.now - peer.accusedAt >= HEARING_MS);
  const lone = silentMs >= state.config.tunables.loneVerdictMs && isHeardOut && !vouched;
  for (const says of WORST_FIRST) {
    const votes = jurors.filter((o) => GRAVITY[alerts.get(o)?.says ?? 'alive'] >= GRAVITY[says]).length;
    if (votes >= needed || (votes >= 1 && lone)) return VERDICT[says];
  }
  return null;
}

/** A vouch stands while the voucher lives; our own is that we heard the host ourselves within 3 s. */
function vouches(state: State, observer: HostId, alert: AlertBody | undefined, peer: PeerState): boolean {
  if (observer === state.self) return peer.heardAt !== null && state.now - peer.heardAt < VOUCH_MS;
  return alert?.says === 'alive';
}

const heardLately = (state: State, peer: PeerState): boolean =>
  peer.heardAt !== null && state.now - peer.heardAt < VOUCH_MS && peer.silentMs === 0;

/**
 * It has started anew since it wrote the record that we hold: what its rows say of containers may be of an earlier
 * boot, so its return counts only once the new record tells (rule C4).
 */
export const isOutdated = (body: HostBody, peer: PeerState): boolean =>
  peer.heardIncarnation > body.incarnation;

/**
 * A restored host is unknown until it is heard, by us or through a neighbour's relay; or, when live observers other
 * than us watch it and none of them objects for the start window, by their silence (rule C3).
 */
function isKnownAlive(state: State, host: HostId, peer: PeerState, jurors: HostId[]): boolean {
  if (peer.heardAt !== null) return true;
  if (peer.load !== null && state.now - peer.load.at < RELAYED_FRESH_MS) return true;
  if (peer.state === 'alive' || peer.state === 'suspect') return true;
  const { loneVerdictMs, massGraceMs } = state.config.tunables;
  const windowOver = state.now - state.membership.startedAt > loneVerdictMs + massGraceMs;
  return windowOver && jurors.some((o) => o !== state.self && o !== host);
}
