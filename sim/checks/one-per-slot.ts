import { desiredSlots } from '../../protocol/placement/slots.ts';
import { slotService } from '../../protocol/placement/slot.ts';
import { running } from '../../protocol/rehearse/engine.ts';
import { splitClaimId } from '../../protocol/reconcile/local.ts';
import { alive, type Mesh, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Each wanted slot has one container of the wanted generation, and nothing else of ours runs. */
export const onePerSlot: Check = {
  name: 'one container per slot',
  faults: (mesh) => {
    const [first] = alive(mesh);
    if (!first) return [];
    const state = stateOf(first);
    const wanted = new Map([...state.services.values()].flatMap((s) => desiredSlots(state, s).map((slot) => [slot, s.generation])));
    const found = new Map<string, string[]>();
    for (const { where, slot, generation } of containersOf(mesh)) {
      if (wanted.get(slot) !== generation) found.set(`${slot}|${generation}`, [...(found.get(`${slot}|${generation}`) ?? []), where]);
      else found.set(slot, [...(found.get(slot) ?? []), where]);
    }
    const missing = [...wanted.keys()].filter((slot) => !found.has(slot)).map((slot) => `${slot}: no container`);
    const extra = [...found]
      .filter(([slot, places]) => !wanted.has(slot) || places.length > 1)
      .map(([slot, places]) => `${slot}: ${wanted.has(slot) ? 'more than one' : 'unwanted'}, on ${places.join(', ')}`);
    return [...missing, ...extra];
  },
};

function containersOf(mesh: Mesh): { where: string; slot: string; generation: string }[] {
  return mesh.hosts
    .filter((host) => host.hasPower)
    .flatMap((host) => running(host.engine).map((seen) => ({ where: host.name, ...splitClaimId(seen.claim) })));
}

export const serviceOfSlot = slotService;
