import { hostName } from '../../protocol/membership/view.ts';
import { slotIndex } from '../../protocol/placement/slot.ts';
import { desiredSlots } from '../../protocol/placement/slots.ts';
import { running } from '../../protocol/rehearse/engine.ts';
import { isGlobal } from '../../protocol/services/read.ts';
import type { Host } from '../host.ts';
import { alive, type Mesh, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Every agent's DNS names one endpoint for each wanted slot, and a container that runs is behind each. */
export const oneEndpoint: Check = {
  name: 'one true endpoint per slot',
  when: 'eventually',
  source: 'D1, promise 4',
  look: (mesh) =>
    alive(mesh).flatMap((host) => faultsOf(mesh, host).map((fault) => `${host.name}: ${fault}`)),
};

function faultsOf(mesh: Mesh, host: Host): string[] {
  const state = stateOf(host);
  return [...state.services.values()].flatMap((service) => {
    const tasks = host.agent?.process.zone.services.get(service.id)?.tasks ?? [];
    const named = (slot: string): string =>
      isGlobal(service.spec) ? hostName(state, slotIndex(slot)) : slotIndex(slot);
    const wanted = desiredSlots(state, service).map(named).sort().join();
    const held = tasks
      .map((task) => task.slot)
      .sort()
      .join();
    const wrong = held === wanted ? [] : [`${service.name} has endpoints [${held}], wanted [${wanted}]`];
    const dead = tasks.filter((task) => {
      const machine = mesh.hosts.find((other) => other.id === task.host);
      return !machine || !running(machine.engine).some((seen) => seen.address === task.containerAddress);
    });
    return [...wrong, ...dead.map((task) => `${service.name}.${task.slot} on ${task.hostName} is dead`)];
  });
}
