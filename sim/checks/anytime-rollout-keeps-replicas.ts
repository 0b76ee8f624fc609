import { slotService } from '../../protocol/placement/slot.ts';
import { hostPortsOf, isGlobal, replicasOf, type Service } from '../../protocol/services/read.ts';
import { type Mesh, stateOf } from '../mesh.ts';
import { type Check, remembering } from './check.ts';
import { isWell } from './steady.ts';
import { isBegun, serving } from './truth.ts';

/** How a service stood when it was last complete, and what has gone wrong anywhere since. */
interface Complete {
  generation: string;
  replicas: number;
  trouble: string;
}

const recall = remembering(() => new Map<string, Complete>());

/** An update takes away at most one task at a time, where the port must be freed first; else none. */
export const rolloutKeepsReplicas: Check = {
  name: 'an update keeps the service up',
  when: 'anytime',
  source: 'P9, rule C9',
  look: (mesh, memory) => {
    const [first] = mesh.hosts;
    if (
      !first ||
      mesh.net.paths.cuts.size > 0 ||
      !mesh.hosts.every((host) => isWell(host) && isBegun(host))
    ) {
      recall(memory).clear();
      return [];
    }
    const trouble = troubleOf(mesh);
    const up = slotsServed(mesh);
    return [...stateOf(first).services.values()].flatMap((service) => {
      if (isGlobal(service.spec)) return [];
      const served = up.get(service.id)?.size ?? 0;
      return judge(recall(memory), service, served, trouble);
    });
  },
};

function judge(kept: Map<string, Complete>, service: Service, served: number, trouble: string): string[] {
  const replicas = replicasOf(service.spec);
  const before = kept.get(service.id);
  if (
    !before ||
    before.trouble !== trouble ||
    before.generation === service.generation ||
    before.replicas !== replicas
  ) {
    if (served >= replicas) kept.set(service.id, { generation: service.generation, replicas, trouble });
    else kept.delete(service.id);
    return [];
  }
  const isStopFirst = hostPortsOf(service.spec).some((port) => (port.PublishedPort ?? 0) > 0);
  const least = replicas - (isStopFirst ? 1 : 0);
  return served >= least ? [] : [`${service.name} is updated and served by ${served} of ${replicas}`];
}

/** Whatever may take a task away beside an update: ended containers, restarts, what operators say of hosts. */
const troubleOf = (mesh: Mesh): string =>
  mesh.hosts
    .map((host) => {
      const ended = [...host.engine.containers.values()].filter(({ seen }) => seen.state === 'exited').length;
      const said = [...(stateOf(host).table.kinds.get('node')?.values() ?? [])].map((object) =>
        [...object.values()].map(({ row }) => row.hlc),
      );
      const failed = [...stateOf(host).local.failures.values()].map(({ at }) => at.at(-1));
      return `${host.starts} ${host.engine.info.startId} ${ended} ${failed.join()} ${said.join()}`;
    })
    .join();

/** By service, the slots that some container serves, of whatever generation. */
function slotsServed(mesh: Mesh): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const host of mesh.hosts) {
    for (const { claim } of serving(host)) {
      const slot = claim.slice(0, claim.indexOf('|'));
      const id = slotService(slot);
      const slots = found.get(id) ?? new Set<string>();
      found.set(id, slots.add(slot));
    }
  }
  return found;
}
