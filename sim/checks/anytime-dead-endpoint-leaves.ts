import { running } from '../../protocol/rehearse/engine.ts';
import type { Millis } from '../../protocol/time.ts';
import type { Mesh } from '../mesh.ts';
import { type Check, type Memory, remembering } from './check.ts';
import { overdue, sidesOf } from './steady.ts';
import { answered, begun } from './truth.ts';

const recall = remembering(() => new Map<string, Millis>());
const recallNear = remembering(() => new Map<string, Millis>());
/** A host or an agent is found dead, its endpoints missed twice; on the own host, one event of the engine. */
const FAR_MS = 15_000;
const NEAR_MS = 3_000;

/** No name leads to a container that has ended for longer than a death takes to be noticed. */
export const deadEndpointLeaves: Check = {
  name: 'no dead endpoint is answered',
  when: 'anytime',
  source: 'D2, promise 4, rules V3, V4',
  look: (mesh, memory) => {
    const dead = deadEndpoints(mesh, memory);
    const far = overdue(mesh, memory, recall(memory), dead.far, FAR_MS);
    return [...far, ...overdue(mesh, memory, recallNear(memory), dead.near, NEAR_MS)];
  },
};

function deadEndpoints(mesh: Mesh, memory: Memory): { near: string[]; far: string[] } {
  const sides = sidesOf(mesh, memory);
  const up = new Set(
    mesh.hosts.flatMap((host) => running(host.engine).map((seen) => `${host.id} ${seen.address}`)),
  );
  const found: { near: string[]; far: string[] } = { near: [], far: [] };
  for (const { host } of begun(mesh)) {
    if (!sides.has(host.id)) continue;
    for (const { service, task } of answered(host)) {
      if (up.has(`${task.host} ${task.containerAddress}`)) continue;
      // A container that nobody reaches over TCP is believed as long as rule V3 says.
      if (task.host !== host.id && !task.ports.some((port) => port.protocol === 'tcp' && port.published > 0))
        continue;
      const line = `${host.name} answers ${service.fullName}.${task.slot} at ${task.hostName}, which is dead`;
      (task.host === host.id ? found.near : found.far).push(line);
    }
  }
  return found;
}
