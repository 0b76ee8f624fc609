/** Services as the API shows them. */
import type { ServiceDetail, ServiceInfo } from '../api.ts';
import { desiredSlots, viewSlot } from '../placement/slots.ts';
import { RUN } from '../records/claim.ts';
import { generationFloor } from '../records/rollout.ts';
import { isGlobal, portsOf, type Service } from '../services/read.ts';
import type { State } from '../state.ts';
import { tasksOf } from './tasks.ts';

export function serviceInfo(state: State, service: Service): ServiceInfo {
  const views = desiredSlots(state, service).map((slot) => viewSlot(state, service, slot));
  const running = views.filter((v) =>
    [v.holder, ...v.older, ...v.leaving].some((c) => c?.body.run === RUN.healthy),
  );
  const updating = views.some((view) => view.older.length > 0);
  return {
    id: service.id,
    name: service.name,
    stack: service.stack,
    mode: isGlobal(service.spec) ? 'global' : 'replicated',
    image: service.spec.TaskTemplate.ContainerSpec.Image,
    running: running.length,
    desired: views.length,
    ports: portsOf(service.spec).map(
      (p) => `${p.PublishedPort || '*'}->${p.TargetPort}/${p.Protocol ?? 'tcp'}`,
    ),
    version: service.version,
    conflict: service.conflict,
    update: updating && generationFloor(state.table, service.id) < service.generation ? 'updating' : null,
  };
}

export const serviceDetail = (state: State, service: Service): ServiceDetail => ({
  ...serviceInfo(state, service),
  spec: service.spec,
  createdAt: new Date(service.createdAt).toISOString(),
  updatedAt: new Date(service.updatedAt).toISOString(),
  tasks: tasksOf(state, service),
});

export const listServices = (state: State): ServiceInfo[] =>
  [...state.services.values()]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((service) => serviceInfo(state, service));
