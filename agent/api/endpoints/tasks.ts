/** Tasks, anything by name, and why a task runs where it does. */

import type { Routes } from '../../../protocol/api.ts';
import { hostInfo } from '../../../protocol/queries/hosts.ts';
import { serviceDetail } from '../../../protocol/queries/services.ts';
import { tasksOf } from '../../../protocol/queries/tasks.ts';
import { whyService } from '../../../protocol/queries/why.ts';
import { findHost, findService, isFailure } from '../../../protocol/services/find.ts';
import type { State } from '../../../protocol/state.ts';
import { ApiError, type Handlers, read } from '../handler.ts';
import { namedService } from './services.ts';

export const tasks = {
  'GET /tasks': async (request) => {
    const { query } = request;
    const all = query.get('all') === 'true';
    return { data: read(request, (state) => listTasks(state, query.get('service'), query.get('host'), all)) };
  },
  'GET /inspect/:name': async (request) => ({
    data: read(request, (state) => inspect(state, request.params['name'] ?? '')),
  }),
  'GET /why/:target': async (request) => ({
    data: read(request, (state) => why(state, request.params['target'] ?? '')),
  }),
} satisfies Partial<Handlers>;

function listTasks(
  state: State,
  service: string | null,
  host: string | null,
  all: boolean,
): Routes['GET /tasks']['out'] {
  const services = service === null ? [...state.services.values()] : [namedService(state, service)];
  const found = services.sort((a, b) => a.name.localeCompare(b.name)).flatMap((s) => tasksOf(state, s, all));
  if (host === null) return found;
  const id = findHost(state, host);
  if (isFailure(id)) throw new ApiError(id.code, id.message);
  return found.filter((task) => task.hostId === id);
}

function inspect(state: State, name: string): Routes['GET /inspect/:name']['out'] {
  const service = findService(state, name);
  if (!isFailure(service)) return { type: 'service', object: serviceDetail(state, service) };
  const host = findHost(state, name);
  if (!isFailure(host)) return { type: 'host', object: hostInfo(state, host) };
  const all = listTasks(state, null, null, true);
  const task = all.find(
    (t) =>
      t.name === name || t.containerId === name || (name.length >= 12 && t.containerId?.startsWith(name)),
  );
  if (task) return { type: 'task', object: task };
  throw new ApiError('NOT_FOUND', `no service, host or task is named ${name}`);
}

/** SERVICE, or SERVICE.SLOT: a service's own name may hold dots, so the whole is tried first. */
function why(state: State, target: string): Routes['GET /why/:target']['out'] {
  const whole = findService(state, target);
  if (!isFailure(whole)) return whyService(state, whole, null);
  const at = target.lastIndexOf('.');
  if (at <= 0) throw new ApiError(whole.code, whole.message);
  const service = namedService(state, target.slice(0, at));
  const found = whyService(state, service, target.slice(at + 1));
  if (found.length > 0) return found;
  throw new ApiError('NOT_FOUND', `${service.name} has no slot ${target.slice(at + 1)}`);
}
