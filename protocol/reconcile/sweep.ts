/** Containers of ours that no claim stands behind: adopted when their slot is free, else drained and stopped. */

import { idsOf } from '../crdt/table.ts';
import type { ObservedContainer } from '../engine.ts';
import { writeRow } from '../gossip/write.ts';
import { slotService } from '../placement/slot.ts';
import { isDesired, viewSlot } from '../placement/slots.ts';
import { RUN } from '../records/claim.ts';
import { reservationsOf } from '../services/read.ts';
import { emit, type State } from '../state.ts';
import { splitClaimId, type Work } from './local.ts';
import { onContainer } from './observe.ts';
import { ownClaim } from './work.ts';

/** Called after each evaluation and on the work timer. */
export function sweepContainers(state: State): void {
  if (!state.local.counted || !state.local.resumed) return;
  for (const container of state.local.containers.values()) {
    if (isBacked(state, container)) state.local.ending.delete(container.name);
    else if (isUnheardOf(state, container)) continue;
    else if (!state.local.ending.has(container.name) && !adoptOrphan(state, container)) end(state, container);
  }
  for (const [name, ending] of state.local.ending) {
    if (ending.asked || state.now < ending.stopAt) continue;
    ending.asked = true;
    emit(state, { kind: 'engine', op: { op: 'stop', name, claim: ending.claim, graceMs: ending.graceMs } });
  }
}

/** A container stays while its claim lives and means it; a finished one stays so that its logs can be read. */
function isBacked(state: State, container: ObservedContainer): boolean {
  const work = state.local.work.get(container.claim);
  if (work) return work.container === container.name;
  const claim = ownClaim(state, splitClaimId(container.claim));
  return claim?.body.finished === true && claim.body.container === container.name;
}

/**
 * Of a service that we do not know, not even as removed: the store was lost. It is judged only after comparing with a
 * live peer, who knows (rule R7).
 */
const isUnheardOf = (state: State, container: ObservedContainer): boolean =>
  !state.gossip.synced && !idsOf(state.table, 'service').includes(slotService(container.claim));

/** The store was lost but the container runs on: if its slot is still wanted and free, the claim is written anew. */
function adoptOrphan(state: State, container: ObservedContainer): boolean {
  const { slot, generation } = splitClaimId(container.claim);
  const service = state.services.get(slotService(slot));
  if (!service || container.state !== 'running' || service.generation !== generation) return false;
  const held = ownClaim(state, { slot, generation });
  const view = viewSlot(state, service, slot);
  if (held || view.holder || view.blocked || !isDesired(state, service, slot)) return false;
  // Left alone until the claim can be written.
  if (state.commands.readOnly !== null) return true;
  writeRow(state, 'claim', slot, generation, {
    run: RUN.started,
    ran: true,
    finished: false,
    exitCode: undefined,
    term: view.nextTerm,
    score: 0,
    boot: state.facts.boot,
    engineStart: state.local.engine?.startId ?? '',
    ...reservationsOf(service.spec.TaskTemplate),
    image: service.spec.TaskTemplate.ContainerSpec.Image,
    container: container.name,
    containerId: container.id,
    address: null,
    ports: [],
    since: state.wall,
    note: 'adopted: it ran, but its claim was lost',
    why: undefined,
  });
  if (!ownClaim(state, { slot, generation })) return false;
  const work: Work = {
    slot,
    generation,
    phase: 'up',
    container: container.name,
    dueAt: Number.POSITIVE_INFINITY,
    holdMs: 0,
    rearmed: false,
    startedAt: state.now,
    reasons: null,
  };
  state.local.work.set(container.claim, work);
  onContainer(state, container);
  return true;
}

/** A container that served is drained first: names and balancers must forget it before it stops. */
function end(state: State, container: ObservedContainer): void {
  const serves = container.state === 'running' && state.services.has(slotService(container.claim));
  const graceMs = state.local.graces.get(container.name) ?? state.config.tunables.stopGraceMs;
  const stopAt = state.now + (serves ? state.config.tunables.drainMs : 0);
  state.local.ending.set(container.name, { claim: container.claim, stopAt, graceMs, asked: false });
}
