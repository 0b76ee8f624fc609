/** What the engine tells: containers that start, change, die or vanish; each is held against the own claims. */
import type { EngineEvent, ObservedContainer } from '../engine.ts';
import { publishHost } from '../membership/self.ts';
import { slotService } from '../placement/slot.ts';
import type { ClaimEntry } from '../placement/standing.ts';
import { RUN } from '../records/claim.ts';
import type { Service } from '../services/read.ts';
import { log, type State } from '../state.ts';
import { adoptInventory } from './adopt.ts';
import { endReason, shouldRestart } from './failures.ts';
import { splitClaimId, type Work } from './local.ts';
import { armUp, failWork, onPulled, ownClaim, updateClaim } from './work.ts';

export function onEngineEvent(state: State, event: EngineEvent): void {
  switch (event.event) {
    case 'up':
      state.local.engine = event.info;
      state.local.engineDown = '';
      publishHost(state);
      break;
    case 'down':
      state.local.engine = null;
      state.local.engineDown = event.reason;
      state.local.counted = false;
      publishHost(state);
      log(state, 'warn', 'container engine does not answer', { reason: event.reason });
      break;
    case 'inventory':
      adoptInventory(state, event.containers);
      break;
    case 'pulled':
      onPulled(state, event.image);
      break;
    case 'pullFailed':
      onPullFailed(state, event.image, event.reason);
      break;
    case 'startFailed':
      onStartFailed(state, event.claim, event.reason);
      break;
    case 'started':
    case 'changed':
      state.local.containers.set(event.container.name, event.container);
      onContainer(state, event.container);
      break;
    case 'gone':
      onGone(state, event.name, event.claim);
      break;
  }
}

function onPullFailed(state: State, image: string, reason: string): void {
  for (const work of [...state.local.work.values()]) {
    const found = context(state, work);
    if (work.phase !== 'pulling' || found?.service.spec.TaskTemplate.ContainerSpec.Image !== image) continue;
    failWork(state, work, found.entry, `image ${image}: ${reason}`, true);
  }
}

function onStartFailed(state: State, claim: string, reason: string): void {
  const work = state.local.work.get(claim);
  const found = work && context(state, work);
  if (!work || !found || work.phase !== 'starting') return;
  failWork(state, work, found.entry, `start failed: ${reason}`, work.startedAt === 0);
}

/** One container's state, held against the claim it was started for. Others are swept elsewhere. */
export function onContainer(state: State, container: ObservedContainer): void {
  const work = state.local.work.get(container.claim);
  const found = work && context(state, work);
  if (!work || !found || work.container !== container.name) return;
  if (container.state === 'running') onRunning(state, found.service, work, found.entry, container);
  else if (container.state === 'exited') onEnded(state, found.service, work, found.entry, container);
}

function context(state: State, work: Work): { service: Service; entry: ClaimEntry } | undefined {
  const entry = ownClaim(state, work);
  const service = state.services.get(slotService(work.slot));
  return entry && service ? { service, entry } : undefined;
}

function onRunning(
  state: State,
  service: Service,
  work: Work,
  entry: ClaimEntry,
  seen: ObservedContainer,
): void {
  if (seen.health === 'unhealthy') {
    failWork(state, work, entry, 'became unhealthy');
    return;
  }
  const healthy = seen.health !== 'starting';
  if (work.phase !== 'up') work.startedAt = state.now;
  const wasHealthy = work.phase === 'up' && entry.body.run === RUN.healthy;
  work.phase = 'up';
  if (healthy !== wasHealthy) armUp(state, service, work, healthy);
  updateClaim(state, entry, {
    run: healthy ? RUN.healthy : RUN.started,
    ran: true,
    finished: false,
    boot: state.facts.boot,
    engineStart: state.local.engine?.startId ?? entry.body.engineStart,
    container: seen.name,
    containerId: seen.id,
    address: seen.address ?? null,
    ports: seen.ports,
    note: healthy ? '' : 'started, not healthy yet',
    why: work.reasons ?? entry.body.why,
  });
}

function onEnded(
  state: State,
  service: Service,
  work: Work,
  entry: ClaimEntry,
  seen: ObservedContainer,
): void {
  const reason = endReason(seen);
  const inRow = state.local.failures.get(seen.claim)?.inRow ?? 0;
  if (shouldRestart(service.spec.TaskTemplate.RestartPolicy, seen, inRow)) {
    failWork(state, work, entry, reason);
    return;
  }
  updateClaim(state, entry, {
    run: RUN.healthy,
    ran: true,
    finished: true,
    exitCode: seen.exitCode ?? -1,
    note: reason,
    address: null,
    ports: [],
  });
  work.phase = 'up';
  work.dueAt = Number.POSITIVE_INFINITY;
}

function onGone(state: State, name: string, claim: string): void {
  const container = state.local.containers.get(name);
  state.local.containers.delete(name);
  state.local.ending.delete(name);
  state.local.graces.delete(name);
  state.dirty.slots.add(splitClaimId(claim).slot);
  const work = state.local.work.get(claim);
  const found = work && context(state, work);
  if (!work || !found || work.container !== name || work.phase !== 'up' || found.entry.body.finished) return;
  if (container?.state !== 'exited') failWork(state, work, found.entry, 'container was removed');
}
