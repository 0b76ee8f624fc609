import { tasksOf } from '../../protocol/queries/tasks.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** A slot that nobody fills says why. */
export const openSlotsExplained: Check = {
  name: 'an empty slot says why',
  when: 'eventually',
  source: 'P3, promise 6',
  look: (mesh) =>
    alive(mesh).flatMap((host) => {
      const state = stateOf(host);
      return [...state.services.values()]
        .flatMap((service) => tasksOf(state, service))
        .filter((task) => ['pending', 'failed', 'lost'].includes(task.state) && !task.message)
        .map((task) => `${host.name} shows ${task.name} as ${task.state} with no reason`);
    }),
};
