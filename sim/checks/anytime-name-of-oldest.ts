import type { Check } from './check.ts';
import { inTurn } from './truth.ts';

/** Of several services of one name, the one that was created first has it; the others are told apart and shown. */
export const nameOfOldest: Check = {
  name: 'a name belongs to its first creator',
  when: 'anytime',
  source: 'rule R3',
  look: (mesh, memory) =>
    inTurn(mesh, memory).flatMap(({ host, state }) => {
      const byName = Map.groupBy(state.services.values(), (service) => service.name);
      const doubled = [...byName].filter(([, services]) => services.length > 1);
      if (doubled.length > 0) return doubled.map(([name]) => `${host.name} has two services called ${name}`);
      const byOwnName = Map.groupBy(state.services.values(), (service) => service.ownName);
      return [...byOwnName].flatMap(([name, services]) => {
        const oldest = services.reduce((a, b) => (a.id < b.id ? a : b));
        const wrong = services.filter((service) => (service.conflict === null) !== (service === oldest));
        return wrong.map((service) => `${host.name}: ${service.id} of ${name} is shown as ${service.name}`);
      });
    }),
};
