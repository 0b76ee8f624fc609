import type { HostId } from '../../protocol/identity.ts';
import { slotService } from '../../protocol/placement/slot.ts';
import { running } from '../../protocol/rehearse/engine.ts';
import type { Millis } from '../../protocol/time.ts';
import type { Mesh } from '../mesh.ts';
import { type Check, remembering } from './check.ts';
import { overdue, sidesOf } from './steady.ts';
import { answered, begun } from './truth.ts';

const recall = remembering(() => new Map<string, Millis>());
/** A change on its way to others, or to the own DNS thread. */
const ON_ITS_WAY_MS = 3_000;

/** Addresses and ports are used again: what a name leads to is never a container of another service. */
export const addressIsItsOwn: Check = {
  name: "no name leads to another's container",
  when: 'anytime',
  source: 'D3, promise 4',
  look: (mesh, memory) => {
    const owners = ownersOf(mesh);
    const sides = sidesOf(mesh, memory);
    const wrong: string[] = [];
    for (const { host } of begun(mesh)) {
      if (!sides.has(host.id)) continue;
      for (const { service, task } of answered(host)) {
        const places = [task.containerAddress ?? '', ...task.ports.map((port) => `:${port.published}`)];
        const taken = places.find((place) => {
          const owner = owners.get(`${task.host} ${place}`);
          return owner !== undefined && owner !== service.id;
        });
        if (taken !== undefined)
          wrong.push(
            `${host.name} answers ${service.fullName} with ${task.hostName} ${taken}, which is another's`,
          );
      }
    }
    return overdue(mesh, memory, recall(memory), wrong, ON_ITS_WAY_MS);
  },
};

/** `host address` and `host :port` -> the service that has it. */
function ownersOf(mesh: Mesh): Map<`${HostId} ${string}`, string> {
  const owners = new Map<`${HostId} ${string}`, string>();
  for (const host of mesh.hosts) {
    for (const seen of running(host.engine)) {
      owners.set(`${host.id} ${seen.address}`, slotService(seen.claim));
      for (const port of seen.ports) owners.set(`${host.id} :${port.published}`, slotService(seen.claim));
    }
  }
  return owners;
}
