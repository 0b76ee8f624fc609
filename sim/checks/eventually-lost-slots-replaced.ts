import { nominate } from '../../protocol/placement/nominate.ts';
import { desiredSlots, viewSlot } from '../../protocol/placement/slots.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** A slot without a holder is one that every live host refuses: what was lost is replaced where there is room. */
export const lostSlotsReplaced: Check = {
  name: 'every slot that some host admits is held',
  when: 'eventually',
  source: 'P3, L3, promise 1',
  look: (mesh) => {
    const [host] = alive(mesh);
    if (!host) return [];
    const state = stateOf(host);
    return [...state.services.values()].flatMap((service) =>
      desiredSlots(state, service)
        .filter((slot) => viewSlot(state, service, slot).holder === undefined)
        .filter((slot) => Object.keys(nominate(state, service, [slot], () => 1)[0]?.loads ?? {}).length > 0)
        .map((slot) => `${service.name}: ${slot} has no holder, though some host admits it`),
    );
  },
};
