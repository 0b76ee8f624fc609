import { whyService } from '../../protocol/queries/why.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** `why` names the holder of each slot, or the refusals, or the reason: there is no slot without an answer. */
export const reasonsGiven: Check = {
  name: 'every placement can be asked why',
  when: 'finally',
  source: 'promise 6',
  look: (mesh) =>
    alive(mesh).flatMap((host) => {
      const state = stateOf(host);
      return [...state.services.values()]
        .flatMap((service) => whyService(state, service, null))
        .filter((why) => why.holder === null && why.message === null && why.refused.length === 0)
        .map((why) => `${host.name} cannot say why nobody runs ${why.task}`);
    }),
};
