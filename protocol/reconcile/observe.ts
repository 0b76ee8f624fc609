/** Containers that start, change, die or vanish; each is held against the own claims. */
import type { ObservedContainer } from '../engine.ts';
import { slotService } from '../placement/slot.ts';
import type { ClaimEntry } from '../placement/standing.ts';
import { RUN } from '../records/claim.ts';
import type { Service } from '../services/read.ts';
import type { State } from '../state.ts';
import { endReason, shouldRestart } from './failures.ts';
import { splitClaimId, type Work } from './local.ts';
import { armUp, failWork, ownClaim, updateClaim } from './work.ts';

export function onPullFailed(state: State, image: string, reason: string): void {
  for (const work of [...state.local.work.values()]) {
    const found = context(state, work);
    if (work.phase !== 'pulling' || found?.service.spec.TaskTemplate.ContainerSpec.Image !== image) continue;
    failWork(state, work, found.entry, `image ${image}: ${reason}`, true);
  }
}

export function onStartFailed(state: State, claim: string, reason: string): void {
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
  const hasBegun = work.phase !== 'up';
  if (hasBegun) work.startedAt = state.now;
  work.phase = 'up';
  if (hasBegun || healthy !== (entry.body.run === RUN.healthy)) armUp(state, service, work, healthy);
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

export function onGone(state: State, name: string, claim: string): void {
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
