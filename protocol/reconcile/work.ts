/** The work on own claims, from the end of the hold to the running container. Each step ends in an engine operation. */

import { entryOf } from '../crdt/table.ts';
import type { ObservedContainer } from '../engine.ts';
import { writeRow } from '../gossip/write.ts';
import { release } from '../placement/auction.ts';
import { itemOf, ownCandidate } from '../placement/candidates.ts';
import { firstRefusal } from '../placement/constraints/index.ts';
import { slotService } from '../placement/slot.ts';
import { viewSlot } from '../placement/slots.ts';
import type { ClaimEntry } from '../placement/standing.ts';
import { type ClaimBody, RUN } from '../records/claim.ts';
import type { Service } from '../services/read.ts';
import { emit, type State } from '../state.ts';
import { sameValue } from '../wire/same.ts';
import { forgiveFailures, isQuarantined, noteFailure, secondsUntil } from './failures.ts';
import { claimId, type Work } from './local.ts';
import { containerPlan, startAllowanceMs, stopGraceOf } from './plan.ts';

const LOOK_AGAIN_MS = 250;

export const ownClaim = (state: State, work: Pick<Work, 'slot' | 'generation'>): ClaimEntry | undefined =>
  entryOf(state.table, 'claim', work.slot, work.generation, state.self);

/** Advances every work whose time has come. Idempotent; called after each evaluation and on the work timer. */
export function advanceWorks(state: State): void {
  for (const [id, work] of state.local.work) {
    const entry = ownClaim(state, work);
    const service = state.services.get(slotService(work.slot));
    if (!entry || !service || entry.body.run === RUN.released) state.local.work.delete(id);
    else if (state.now >= work.dueAt || work.phase === 'clearing') advance(state, service, work, entry);
  }
}

function advance(state: State, service: Service, work: Work, entry: ClaimEntry): void {
  switch (work.phase) {
    case 'holding':
      endHold(state, service, work, entry);
      break;
    case 'waiting':
      pull(state, service, work);
      break;
    case 'clearing':
      startWhenClear(state, service, work);
      break;
    case 'up':
      settleUp(state, work, entry);
      break;
    case 'pulling':
    case 'starting':
      break;
  }
}

function endHold(state: State, service: Service, work: Work, entry: ClaimEntry): void {
  if (!work.rearmed && state.now > work.dueAt + state.config.tunables.holdLateMs) {
    // The timer fired late, so news may wait in the inbox: read it first, once.
    work.rearmed = true;
    work.dueAt = state.now + work.holdMs;
    return;
  }
  const view = viewSlot(state, service, work.slot);
  if (view.current[0] !== entry || !view.open) {
    // Lost so far; the best bidder may still give up.
    work.dueAt = state.now + LOOK_AGAIN_MS;
    return;
  }
  const refusal = firstRefusal(ownCandidate(state), itemOf(service, work.slot));
  if (refusal) {
    release(state, entry, `won, then refused at start: ${refusal.reason}`);
    return;
  }
  if (work.reasons) {
    const rivals = view.current.slice(0, 50);
    work.reasons.bids = rivals.map(({ row, body }) => ({
      host: row.origin,
      score: body.score,
      term: body.term,
    }));
  }
  // From here on nobody bids against it (rule C2): a host whose grace ends a little later must not start a second one.
  updateClaim(state, entry, { run: RUN.started, ran: true });
  pull(state, service, work);
}

export function pull(state: State, service: Service, work: Work): void {
  if (work.generation !== service.generation) return abandonOld(state, work);
  work.phase = 'pulling';
  work.dueAt = Number.POSITIVE_INFINITY;
  emit(state, { kind: 'engine', op: { op: 'pull', image: service.spec.TaskTemplate.ContainerSpec.Image } });
}

/** Its specification is gone: what failed or was lost is not started again, the wanted version takes the slot. */
function abandonOld(state: State, work: Work): void {
  const entry = ownClaim(state, work);
  if (entry) release(state, entry, 'a newer version is wanted');
  state.local.work.delete(claimId(work.slot, work.generation));
}

/** The image is there: every work that waited for it goes on. */
export function onPulled(state: State, image: string): void {
  for (const work of state.local.work.values()) {
    const service = state.services.get(slotService(work.slot));
    if (work.phase !== 'pulling' || service?.spec.TaskTemplate.ContainerSpec.Image !== image) continue;
    work.phase = 'clearing';
    startWhenClear(state, service, work);
  }
}

/** Starts the container, unless one of ours must free its host port first: then that one is stopped (stop-first). */
function startWhenClear(state: State, service: Service, work: Work): void {
  const plan = containerPlan(state, service, work);
  const wanted = new Set(
    plan.ports.filter((p) => p.published > 0).map((p) => `${p.protocol}/${p.published}`),
  );
  const inWay = [...state.local.containers.values()].filter(
    (c) => c.state === 'running' && c.ports.some((p) => wanted.has(`${p.protocol}/${p.published}`)),
  );
  if (inWay.length > 0) return clearPorts(state, work, inWay);
  work.phase = 'starting';
  work.dueAt = Number.POSITIVE_INFINITY;
  state.local.graces.set(work.container, stopGraceOf(state, service));
  emit(state, { kind: 'engine', op: { op: 'start', container: plan } });
}

/** Only its own older version may be stopped for it: another slot's container was there first. */
function clearPorts(state: State, work: Work, inWay: ObservedContainer[]): void {
  const held = inWay.flatMap((container) => state.local.work.get(container.claim) ?? []);
  const entry = ownClaim(state, work);
  if (entry && held.some((other) => other.slot !== work.slot)) {
    failWork(state, work, entry, 'its host port is held by another task of this host', true);
    return;
  }
  for (const older of held) {
    const claim = ownClaim(state, older);
    if (claim && older !== work) release(state, claim, 'its host port is needed by the new version');
  }
  for (const container of inWay) endNow(state, container.name);
}

function endNow(state: State, name: string): void {
  const container = state.local.containers.get(name);
  const ending = state.local.ending.get(name);
  if (ending) ending.stopAt = Math.min(ending.stopAt, state.now);
  else if (container) {
    const graceMs = state.local.graces.get(name) ?? state.config.tunables.stopGraceMs;
    state.local.ending.set(name, { claim: container.claim, stopAt: state.now, graceMs, asked: false });
  }
}

/** Runs: due either because it must be healthy by now, or because it has been steady for long enough. */
function settleUp(state: State, work: Work, entry: ClaimEntry): void {
  work.dueAt = Number.POSITIVE_INFINITY;
  if (entry.body.run === RUN.healthy) forgiveFailures(state, claimId(work.slot, work.generation));
  else failWork(state, work, entry, 'did not become healthy in time');
}

export function armUp(state: State, service: Service, work: Work, healthy: boolean): void {
  work.dueAt = healthy
    ? state.now + state.config.tunables.steadyMs
    : work.startedAt + startAllowanceMs(state, service);
}

/** The container failed: again here after a pause, or, when it keeps failing or never started, left to others. */
export function failWork(
  state: State,
  work: Work,
  entry: ClaimEntry,
  reason: string,
  neverStarted = false,
): void {
  const failures = noteFailure(state, claimId(work.slot, work.generation), reason);
  if (neverStarted || isQuarantined(state, failures)) {
    const loop = isQuarantined(state, failures) ? `crash loop, ${failures.at.length} failures: ` : '';
    release(state, entry, loop + reason);
    state.local.work.delete(claimId(work.slot, work.generation));
    return;
  }
  work.phase = 'waiting';
  work.dueAt = failures.retryAt;
  work.container = `${work.container.replace(/-\d+$/, '')}-${state.nextToken++}`;
  updateClaim(state, entry, {
    run: RUN.started,
    note: `${reason}; starts again in ${secondsUntil(state.now, failures.retryAt)}`,
    container: null,
    containerId: null,
    address: null,
    ports: [],
  });
}

/** Writes the claim only if something in it changes. */
export function updateClaim(state: State, entry: ClaimEntry, patch: Partial<ClaimBody>): void {
  const body = { ...entry.body, ...patch };
  body.note = body.note.slice(0, 500);
  if (sameValue(body, entry.body)) return;
  writeRow(state, 'claim', entry.row.id, entry.row.group, { ...body, since: state.wall });
}
