/** Carries a command out as rows; the answer waits for the disk, and briefly for neighbours (rule R9). */
import type { DeployResult } from '../api.ts';
import { type Failure, failure } from '../errors.ts';
import { rowMisfit, writeAt, writeRow } from '../gossip/write.ts';
import type { Command, RequestId } from '../input.ts';
import { hostBody, hostName, hostState, liveHosts } from '../membership/view.ts';
import { hostInfo } from '../queries/hosts.ts';
import { serviceInfo } from '../queries/services.ts';
import { labelGroup } from '../records/label.ts';
import { MAX_LABEL_LENGTH } from '../records/node.ts';
import { checkSpec } from '../services/check.ts';
import { findHost, findService, isFailure } from '../services/find.ts';
import { isGlobal, readService, type Service } from '../services/read.ts';
import { beginCommand, createService, misfitOf, removeService, writeChanges } from '../services/write.ts';
import { type ServiceSpec, STACK_LABEL } from '../spec.ts';
import { emit, type State } from '../state.ts';
import { hlcTick, hlcWall } from '../time.ts';
import { awaitStored } from './ack.ts';

export function onCommand(state: State, request: RequestId, command: Command): void {
  const before = state.meta.seq;
  const refusal = refuseNow(state, command);
  const result = refusal ?? execute(state, command);
  if (isFailure(result)) emit(state, { kind: 'reply', request, result: { ok: false, failure: result } });
  else awaitStored(state, request, result, before);
}

/** What makes every command impossible at the moment. */
function refuseNow(state: State, { command }: Command): Failure | null {
  if (state.commands.readOnly) {
    return failure(
      'READ_ONLY',
      `this host cannot store anything: ${state.commands.readOnly}; it is read-only until that is mended`,
    );
  }
  // A host says of itself that it leaves: that needs no operator, and no stamp that others compare.
  if (command === 'leave') return null;
  if (state.identity.role !== 'operator') {
    return failure(
      'NOT_ALLOWED',
      'this host joined as a worker: give the command on a host that joined as operator',
    );
  }
  return clockRefusal(state);
}

/** A stamp that neighbours would refuse must not be acknowledged (rule R5): the clock is off, or was ahead lately. */
function clockRefusal(state: State): Failure | null {
  const { maxClockSkewMs } = state.config.tunables;
  const offsets = liveHosts(state).flatMap((host) => state.membership.peers.get(host)?.clockOffsetMs ?? []);
  const aheadMs = hlcWall(hlcTick(state.meta.hlc, state.wall)) - state.wall;
  const off = offsets.filter((offset) => Math.max(Math.abs(offset), aheadMs - offset) > maxClockSkewMs);
  const [first] = off;
  if (first === undefined || off.length * 2 <= offsets.length) return null;
  const name = hostName(state, state.self);
  const seconds = (ms: number): number => Math.round(ms / 1000);
  if (Math.abs(first) > maxClockSkewMs) {
    return failure(
      'CLOCK_OFF',
      `the clock of ${name} differs from its neighbours' by ${seconds(-first)} s: set it right first`,
    );
  }
  const ahead = `the clock of ${name} was ahead, its stamps still are by ${seconds(aheadMs - first)} s`;
  return failure(
    'CLOCK_OFF',
    `${ahead}: other hosts would not take them, so give the command on another host`,
  );
}

function execute(state: State, command: Command): unknown | Failure {
  beginCommand(state);
  switch (command.command) {
    case 'deploy':
      return deploy(state, command.stack, command.services);
    case 'scale':
      return scale(state, command.service, command.replicas);
    case 'removeServices':
      return removeServices(state, command.services);
    case 'removeStack':
      return removeStack(state, command.stack);
    case 'setAvailability':
      return onHost(state, command.host, (id) =>
        writeAt(state, 'node', id, 'availability', { value: command.availability }),
      );
    case 'setHostLabels':
      return labelHost(state, command.host, command.set, command.remove);
    case 'removeHost':
      return removeHost(state, command.host);
    case 'leave':
      return leave(state);
  }
}

/** All or nothing: every specification is checked before the first row is written. */
function deploy(state: State, stack: string | null, specs: ServiceSpec[]): DeployResult[] | Failure {
  const checked: ServiceSpec[] = [];
  for (const candidate of specs) {
    const result = checkSpec(candidate);
    if ('why' in result) return failure('BAD_SPEC', result.why);
    if (checked.some((other) => other.Name === result.spec.Name)) {
      return failure('BAD_SPEC', `service ${result.spec.Name} is given twice`);
    }
    const spec = inStack(result.spec, stack);
    const misfit = misfitOf(state, spec);
    if (misfit) return failure('BAD_SPEC', misfit);
    checked.push(spec);
  }
  return checked.map((spec) => deployOne(state, spec));
}

const inStack = (spec: ServiceSpec, stack: string | null): ServiceSpec =>
  stack === null ? spec : { ...spec, Labels: { ...spec.Labels, [STACK_LABEL]: stack } };

function deployOne(state: State, spec: ServiceSpec): DeployResult {
  const held = [...state.services.values()].find((service) => service.name === spec.Name);
  if (!held) return { service: spec.Name, id: createService(state, spec), result: 'created', changed: [] };
  const changed = writeChanges(state, held.id, spec);
  return { service: spec.Name, id: held.id, result: changed.length > 0 ? 'updated' : 'unchanged', changed };
}

function scale(state: State, name: string, replicas: number): unknown | Failure {
  const service = findService(state, name);
  if (isFailure(service)) return service;
  if (isGlobal(service.spec)) {
    return failure(
      'BAD_REQUEST',
      `${service.name} runs once on every host (mode global): it cannot be scaled`,
    );
  }
  const spec: ServiceSpec = { ...service.spec, Mode: { Replicated: { Replicas: replicas } } };
  const checked = checkSpec({ ...spec, Name: service.ownName });
  if ('why' in checked) return failure('BAD_SPEC', checked.why);
  writeChanges(state, service.id, spec);
  const after = readService(state.table, service.id);
  return after ? serviceInfo(state, after) : failure('NOT_FOUND', `no such service: ${name}`);
}

function removeServices(state: State, names: string[]): { removed: string[] } | Failure {
  const services: Service[] = [];
  for (const name of names) {
    const service = findService(state, name);
    if (isFailure(service)) return service;
    services.push(service);
  }
  return remove(state, services);
}

function removeStack(state: State, stack: string): { removed: string[] } | Failure {
  const services = [...state.services.values()].filter((service) => service.stack === stack);
  return services.length > 0 ? remove(state, services) : failure('NOT_FOUND', `no such stack: ${stack}`);
}

function remove(state: State, services: Service[]): { removed: string[] } {
  for (const service of services) removeService(state, service.id);
  return { removed: services.map((service) => service.name) };
}

function onHost(state: State, name: string, write: (host: string) => void): unknown | Failure {
  const host = findHost(state, name);
  if (isFailure(host)) return host;
  write(host);
  return hostInfo(state, host);
}

function labelHost(
  state: State,
  host: string,
  set: Record<string, string>,
  remove: string[],
): unknown | Failure {
  const changes = [...Object.entries(set), ...remove.map((key): [string, undefined] => [key, undefined])].map(
    ([key, value]) => ({ key, group: labelGroup(key), body: { value } }),
  );
  for (const { key, group, body } of changes) {
    const misfit = rowMisfit(state.config.tunables, group, body);
    if (misfit) return failure('BAD_REQUEST', misfit);
    if ((body.value?.length ?? 0) > MAX_LABEL_LENGTH) {
      return failure('BAD_REQUEST', `label ${key}: its value is over ${MAX_LABEL_LENGTH} characters`);
    }
  }
  return onHost(state, host, (id) => {
    for (const { group, body } of changes) writeAt(state, 'node', id, group, body);
  });
}

/** A removed host may write nothing more; its rows are void everywhere. A live one has to leave by itself. */
function removeHost(state: State, name: string): { removed: string } | Failure {
  const host = findHost(state, name);
  if (isFailure(host)) return host;
  const removed = hostName(state, host);
  if (host === state.self) return failure('BAD_REQUEST', `${removed} is this host: use \`shoal leave\` here`);
  if (['alive', 'suspect'].includes(hostState(state, host))) {
    return failure(
      'BAD_REQUEST',
      `host ${removed} is alive: run \`shoal leave\` on it, or stop its agent first`,
    );
  }
  writeAt(state, 'node', host, 'removed', { value: 'removed' });
  return { removed };
}

function leave(state: State): { left: true } | Failure {
  const body = hostBody(state, state.self);
  if (!body) return failure('NOT_A_MEMBER', 'this host is not a member of a mesh');
  writeRow(state, 'host', state.self, 'self', { ...body, left: true });
  return { left: true };
}
