/** Services as each host reads them: fields, versions, generations. */
import { idsOf } from '../../../protocol/crdt/table.ts';
import { portsOf, replicasOf } from '../../../protocol/services/read.ts';
import { word } from '../parse.ts';
import {
  agreed,
  generationName,
  type Handler,
  serviceId,
  serviceIn,
  serviceName,
  viewsOn,
} from '../session.ts';

export const serviceCommands: Record<string, Handler> = {
  /** `services`: names as shown, and under which name each was created */
  services: (session, args) => {
    const told = viewsOn(session, args).map(({ name, state }) => {
      const lines = [...state.services.values()]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map(
          (service) =>
            `${service.name} (${serviceName(session, service.id)}) ${service.spec.TaskTemplate.ContainerSpec.Image}`,
        );
      return { name, lines: lines.length > 0 ? lines : ['none'] };
    });
    return agreed(told);
  },

  /** `spec web`: what concurrent edits left of it */
  spec: (session, args) => {
    const id = serviceId(session, word(args, 0, 'a service'));
    const told = viewsOn(session, args).map((view) => {
      const { spec } = serviceIn(view, id);
      const ports = portsOf(spec).map((port) => `${port.PublishedPort || '*'}->${port.TargetPort}`);
      const { Image } = spec.TaskTemplate.ContainerSpec;
      return {
        name: view.name,
        lines: [`image ${Image}, replicas ${replicasOf(spec)}, ports ${ports.join(' ') || 'none'}`],
      };
    });
    return agreed(told);
  },

  /** `version web`: 1024 x writes + 10 bits of their vector, shown as `writes.bits` */
  version: (session, args) => {
    const id = serviceId(session, word(args, 0, 'a service'));
    const told = viewsOn(session, args).map((view) => {
      const { version } = serviceIn(view, id);
      return { name: view.name, lines: [`${Math.floor(version / 1024)}.${version % 1024}`] };
    });
    return agreed(told);
  },

  /** `generation web`: which of the generations seen so far is wanted */
  generation: (session, args) => {
    const id = serviceId(session, word(args, 0, 'a service'));
    const told = viewsOn(session, args).map((view) => ({
      name: view.name,
      lines: [generationName(session, id, serviceIn(view, id).generation)],
    }));
    return agreed(told);
  },

  /** `tombstones`: services that are remembered as removed */
  tombstones: (session, args) => {
    const told = viewsOn(session, args).map(({ name, state }) => {
      const removed = idsOf(state.table, 'service').filter((id) => !state.services.has(id));
      return {
        name,
        lines: [
          removed
            .map((id) => serviceName(session, id))
            .sort()
            .join(' ') || 'none',
        ],
      };
    });
    return agreed(told);
  },
};
