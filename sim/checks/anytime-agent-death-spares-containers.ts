import type { Agent, Host } from '../host.ts';
import { type Check, remembering } from './check.ts';

interface Left {
  agent: Agent | null;
  names: Set<string>;
}

const recall = remembering(() => new WeakMap<Host, Left>());

/** While no agent runs on a host, no container of it is removed; what was being stopped when it died may go. */
export const agentDeathSparesContainers: Check = {
  name: 'a dead agent stops nothing',
  when: 'anytime',
  source: 'P10, promise 3',
  look: (mesh, memory) =>
    mesh.hosts.flatMap((host) => {
      const before = recall(memory).get(host);
      const staying = [...host.engine.containers.keys()].filter(
        (name) => host.engine.busy.get(name) !== 'stopping',
      );
      recall(memory).set(host, { agent: host.agent, names: new Set(staying) });
      if (!before || before.agent !== null || host.agent !== null) return [];
      return [...before.names]
        .filter((name) => !host.engine.containers.has(name))
        .map((name) => `${host.name}: ${name} was removed while no agent ran`);
    }),
};
