import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

const GENERATIONS = 3;
const SPARE = 50;

/** What is held is in proportion to what there is: hosts, services, and the slots that were ever asked for. */
export const stateIsLean: Check = {
  name: 'state does not grow with time',
  when: 'finally',
  source: 'C8',
  look: (mesh) =>
    alive(mesh).flatMap((host) => {
      const { table } = stateOf(host);
      const hosts = table.kinds.get('host')?.size ?? 0;
      const slots = table.kinds.get('claim')?.size ?? 0;
      const services = table.kinds.get('service')?.size ?? 0;
      const most = new Map([
        ['claim', slots * hosts * GENERATIONS + SPARE],
        ['alert', hosts * hosts + SPARE],
        ['probe', slots * hosts * GENERATIONS + SPARE],
        ['member', hosts + SPARE],
        ['host', hosts],
        ['rollout', services * hosts + SPARE],
      ]);
      return [...table.kinds].flatMap(([kind, objects]) => {
        const count = [...objects.values()].reduce((sum, object) => sum + object.size, 0);
        const limit = most.get(kind) ?? Number.POSITIVE_INFINITY;
        return count > limit
          ? [`${host.name} holds ${count} rows of kind ${kind}, at most ${limit} are expected`]
          : [];
      });
    }),
};
