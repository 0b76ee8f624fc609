/**
 * The inventory held against own claims: what runs for a claim is adopted (an agent restart changes nothing), what no
 * longer runs is found out, and after a new boot the own slots are resumed once peers had their say (rules C3, C4).
 */
import type { ObservedContainer } from '../engine.ts';
import { claimsOfHost } from '../membership/endpoints.ts';
import { hostState, knownHosts } from '../membership/view.ts';
import { containerName, release } from '../placement/auction.ts';
import { slotService } from '../placement/slot.ts';
import { isDesired, type SlotView, viewSlot } from '../placement/slots.ts';
import type { ClaimEntry } from '../placement/standing.ts';
import { RUN } from '../records/claim.ts';
import type { Service } from '../services/read.ts';
import { log, type State } from '../state.ts';
import { claimId, type Work } from './local.ts';
import { onContainer } from './observe.ts';
import { failWork, pull, updateClaim } from './work.ts';

export function adoptInventory(state: State, containers: ObservedContainer[]): void {
  state.local.containers = new Map(containers.map((container) => [container.name, container]));
  for (const name of state.local.ending.keys()) {
    if (!state.local.containers.has(name)) state.local.ending.delete(name);
  }
  state.local.counted = true;
  state.dirty.all = true;
  for (const entry of claimsOfHost(state, state.self)) matchClaim(state, entry);
}

/** One own claim after an inventory: running -> adopted; not there -> failed, or resumed when a boot lies between. */
function matchClaim(state: State, entry: ClaimEntry): void {
  const service = state.services.get(slotService(entry.row.id));
  if (!service || entry.body.run < RUN.started || entry.body.finished) return;
  const id = claimId(entry.row.id, entry.row.group);
  const mine = [...state.local.containers.values()].filter((c) => c.claim === id);
  const running = mine.find((c) => c.state === 'running');
  const known = state.local.work.get(id);
  if (running) {
    const work = known ?? idleWork(entry, running.name);
    if (known && known.container !== running.name && known.phase !== 'up') return;
    work.container = running.name;
    state.local.work.set(id, work);
    onContainer(state, running);
    return;
  }
  if (!isThisLife(state, entry)) return;
  if (known && known.phase !== 'up') return;
  const name = entry.body.container ?? containerName(state, service, entry.row.id);
  const work = known ?? idleWork(entry, name);
  state.local.work.set(id, work);
  const ended = mine.find((c) => c.name === work.container && c.state === 'exited');
  if (ended) onContainer(state, ended);
  // Taken, but not begun when this agent's memory ended.
  else if (entry.body.container === null) pull(state, service, work);
  else failWork(state, work, entry, 'its container was gone when the agent looked');
}

const isThisLife = (state: State, entry: ClaimEntry): boolean =>
  entry.body.boot === state.facts.boot && entry.body.engineStart === state.local.engine?.startId;

const idleWork = (entry: ClaimEntry, container: string): Work => ({
  slot: entry.row.id,
  generation: entry.row.group,
  phase: 'up',
  container,
  dueAt: Number.POSITIVE_INFINITY,
  holdMs: 0,
  rearmed: false,
  startedAt: 0,
  reasons: null,
});

/** On ticks, until done: decides when this host may act on its own stored rows, and on others' slots. */
export function resumeWhenReady(state: State): void {
  if (!state.local.counted || !state.local.engine) return;
  if (!state.local.resumed && mayResume(state)) {
    state.local.resumed = true;
    state.dirty.all = true;
    log(state, 'info', 'view loaded: this host takes part in auctions');
  }
  if (state.local.resumed) resumeOwnClaims(state);
}

function mayResume(state: State): boolean {
  const others = knownHosts(state).filter((h) => h !== state.self && hostState(state, h) !== 'left');
  if (others.length === 0) return true;
  const aliveMs = state.now - state.membership.startedAt;
  const { resumeAloneMs, loneVerdictMs } = state.config.tunables;
  if (state.gossip.peers.size === 0) return aliveMs >= resumeAloneMs;
  if (aliveMs >= loneVerdictMs) return true;
  // Who returns with a past waits for all its links: the first may be another returner, as outdated as itself.
  const hasPast = claimsOfHost(state, state.self).some(
    (e) => e.body.run >= RUN.started && !isThisLife(state, e),
  );
  if (!hasPast) return state.gossip.synced;
  return aliveMs >= resumeAloneMs && [...state.gossip.peers.values()].every((peer) => peer.synced);
}

/** Claims of an earlier boot or engine: start again where nobody took over, else let go. */
function resumeOwnClaims(state: State): void {
  for (const entry of claimsOfHost(state, state.self)) {
    if (entry.body.run === RUN.released || isThisLife(state, entry)) continue;
    const service = state.services.get(slotService(entry.row.id));
    if (!service) continue;
    if (entry.body.run === RUN.bidding) release(state, entry, 'bid of an earlier life');
    else if (entry.body.finished) updateClaim(state, entry, lifeNow(state));
    else resumeClaim(state, service, entry);
  }
}

function resumeClaim(state: State, service: Service, entry: ClaimEntry): void {
  const view = viewSlot(state, service, entry.row.id);
  const wanted = isDesired(state, service, entry.row.id) && entry.row.group === service.generation;
  if (!wanted || view.holder) {
    release(state, entry, view.holder ? 'taken over while this host was away' : 'no longer wanted');
    return;
  }
  if (isTakenOver(view, entry)) return;
  const id = claimId(entry.row.id, entry.row.group);
  const work = idleWork(entry, containerName(state, service, entry.row.id));
  updateClaim(state, entry, {
    ...lifeNow(state),
    run: RUN.started,
    note: 'starts again after a restart of this host',
  });
  state.local.work.set(id, work);
  pull(state, service, work);
}

/** Somebody replaced this claim and is not heard yet: what became of it shows soon, so nothing is started twice. */
const isTakenOver = (view: SlotView, own: ClaimEntry): boolean =>
  [...view.standing].some(
    ([{ row, body }, standing]) =>
      standing === 'blocked' &&
      row.group === own.row.group &&
      body.run >= RUN.started &&
      body.term > own.body.term,
  );

const lifeNow = (state: State): { boot: string; engineStart: string } => ({
  boot: state.facts.boot,
  engineStart: state.local.engine?.startId ?? '',
});
