import { desiredSlots } from '../../protocol/placement/slots.ts';
import { running } from '../../protocol/rehearse/engine.ts';
import { alive, type Mesh, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Each wanted slot has one container of the wanted generation, and nothing else of ours runs. */
export const onePerSlot: Check = {
  name: 'one container per slot',
  when: 'eventually',
  source: 'P1, P3, P5',
  look: (mesh) => {
    const [first] = alive(mesh);
    if (!first) return [];
    const wanted = wantedSlots(mesh);
    const found = Map.groupBy(containersOf(mesh), (container) => container.claim);
    const missing = [...wanted].filter((claim) => !found.has(claim)).map((claim) => `${claim}: no container`);
    const extra = [...found]
      .filter(([claim, places]) => !wanted.has(claim) || places.length > 1)
      .map(
        ([claim, places]) => `${claim}: ${places.length} containers, ${places.map((p) => p.host).join(', ')}`,
      );
    return [...missing, ...extra];
  },
};

/** Claims that the specifications ask for, as the first live host sees them; finished ones have no container. */
function wantedSlots(mesh: Mesh): Set<string> {
  const [first] = alive(mesh);
  if (!first) return new Set();
  const state = stateOf(first);
  return new Set(
    [...state.services.values()].flatMap((s) =>
      desiredSlots(state, s).map((slot) => `${slot}|${s.generation}`),
    ),
  );
}

const containersOf = (mesh: Mesh): { host: string; claim: string }[] =>
  mesh.hosts.flatMap((host) => running(host.engine).map(({ claim }) => ({ host: host.name, claim })));
