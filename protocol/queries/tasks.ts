/** Tasks as the API shows them: one for each wanted slot, plus claims that still run beside it. */
import type { TaskInfo, TaskState } from '../api.ts';
import { entriesOf, entriesOfService } from '../crdt/table.ts';
import { hostName } from '../membership/view.ts';
import { nominate } from '../placement/nominate.ts';
import { type Slot, slotIndex } from '../placement/slot.ts';
import { desiredSlots, viewSlot } from '../placement/slots.ts';
import { type ClaimEntry, compareClaims, standingOf } from '../placement/standing.ts';
import { claimId } from '../reconcile/local.ts';
import { RUN } from '../records/claim.ts';
import { isGlobal, type Service } from '../services/read.ts';
import type { State } from '../state.ts';

/** `all` adds released and masked claims: what was, with the reason why it is no more. */
export function tasksOf(state: State, service: Service, all = false): TaskInfo[] {
  const desired = desiredSlots(state, service);
  const claimed = entriesOfService(state.table, service.id)
    .filter((e) => e.row.kind === 'claim')
    .map((e) => e.row.id);
  const slots = [...new Set([...desired, ...claimed])].sort(bySlot);
  return slots.flatMap((slot) => tasksOfSlot(state, service, slot, desired.includes(slot), all));
}

function tasksOfSlot(state: State, service: Service, slot: Slot, desired: boolean, all: boolean): TaskInfo[] {
  const entries = entriesOf(state.table, 'claim', slot).sort(compareClaims);
  const running = entries.filter((e) => e.body.run >= RUN.started && standingOf(state, e) !== 'masked');
  const shown = all ? entries : running;
  const tasks = shown.map((entry) => taskInfo(state, service, entry));
  const current = running.some((entry) => entry.row.group === service.generation);
  if (desired && !current && running.length === 0) tasks.unshift(openTask(state, service, slot, entries));
  return tasks;
}

export function taskName(state: State, service: Service, slot: Slot): string {
  const index = slotIndex(slot);
  return `${service.name}.${isGlobal(service.spec) ? hostName(state, index) : index}`;
}

function taskInfo(state: State, service: Service, entry: ClaimEntry): TaskInfo {
  const { row, body } = entry;
  const ports = body.ports
    .filter((p) => p.published > 0)
    .map((p) => `${p.published}->${p.target}/${p.protocol}`);
  return {
    name: taskName(state, service, row.id),
    service: service.name,
    serviceId: service.id,
    slot: slotIndex(row.id),
    host: hostName(state, row.origin),
    hostId: row.origin,
    state: stateOf(state, entry),
    image: body.image,
    since: new Date(body.since).toISOString(),
    containerId: body.containerId,
    ports,
    address: body.address,
    message: body.note === '' ? null : body.note,
  };
}

function stateOf(state: State, entry: ClaimEntry): TaskState {
  const { body } = entry;
  if (body.run === RUN.released) return 'failed';
  const standing = standingOf(state, entry);
  if (standing === 'masked' || standing === 'blocked') return 'lost';
  if (body.finished) return body.exitCode === 0 ? 'finished' : 'failed';
  if (body.run === RUN.healthy) return 'running';
  if (body.run === RUN.started && body.container === null && body.note !== '') return 'failed';
  if (body.run === RUN.started) return phaseOf(state, entry) === 'pulling' ? 'pulling' : 'starting';
  return phaseOf(state, entry);
}

function phaseOf(state: State, entry: ClaimEntry): TaskState {
  const work = state.local.work.get(claimId(entry.row.id, entry.row.group));
  return entry.row.origin === state.self && work?.phase === 'pulling' ? 'pulling' : 'bidding';
}

/** A wanted slot that nobody runs: who is about to, or why nobody can. */
function openTask(state: State, service: Service, slot: Slot, entries: ClaimEntry[]): TaskInfo {
  const view = viewSlot(state, service, slot);
  const best = view.current[0];
  const last = entries.filter((e) => e.body.run === RUN.released && e.body.note !== '');
  const latest = last.sort((a, b) => b.body.since - a.body.since)[0];
  return {
    name: taskName(state, service, slot),
    service: service.name,
    serviceId: service.id,
    slot: slotIndex(slot),
    host: best ? hostName(state, best.row.origin) : null,
    hostId: best?.row.origin ?? null,
    state: best ? 'bidding' : 'pending',
    image: service.spec.TaskTemplate.ContainerSpec.Image,
    since: latest ? new Date(latest.body.since).toISOString() : null,
    containerId: null,
    ports: [],
    address: null,
    message: whyOpen(state, service, slot, view.blocked, latest),
  };
}

function whyOpen(
  state: State,
  service: Service,
  slot: Slot,
  blocked: boolean,
  last: ClaimEntry | undefined,
): string | null {
  const reasons: string[] = [];
  if (last) reasons.push(`${hostName(state, last.row.origin)}: ${last.body.note}`);
  if (blocked) reasons.push('its host was lost just now; the grace runs');
  const [nomination] = nominate(state, service, [slot], () => 1);
  if (nomination && Object.keys(nomination.loads).length === 0) {
    const refusals = nomination.refused.map((r) => `${hostName(state, r.host)} ${r.reason}`);
    reasons.push(refusals.length > 0 ? `no host admits it: ${refusals.join('; ')}` : 'no live host');
  }
  return reasons.length > 0 ? reasons.join('; ') : null;
}

function bySlot(a: Slot, b: Slot): number {
  const x = slotIndex(a);
  const y = slotIndex(b);
  return Number(x) - Number(y) || (x < y ? -1 : 1);
}
