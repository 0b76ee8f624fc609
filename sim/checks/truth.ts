/** What really is, as the simulator knows it and no agent does. */
import type { ObservedContainer } from '../../protocol/engine.ts';
import type { ZoneService, ZoneTask } from '../../protocol/naming/zone-view.ts';
import { running } from '../../protocol/rehearse/engine.ts';
import type { State } from '../../protocol/state.ts';
import type { Host } from '../host.ts';
import { alive, type Mesh, stateOf } from '../mesh.ts';
import type { Memory } from './check.ts';

/** Passed its health check, or has none. */
export const serving = (host: Host): ObservedContainer[] =>
  running(host.engine).filter(({ health }) => health === 'healthy' || health === 'none');

/** One host with its state, another one at each look: for what is dear to look at. */
export function inTurn(mesh: Mesh, memory: Memory): { host: Host; state: State }[] {
  const host = mesh.hosts[memory.looks % mesh.hosts.length];
  return host?.agent && isBegun(host) ? [{ host, state: stateOf(host) }] : [];
}

/** Its agent has taken its first step. */
export const isBegun = (host: Host): boolean => host.agent !== null && stateOf(host).membership.startedAt > 0;

export const begun = (mesh: Mesh): { host: Host; state: State }[] =>
  alive(mesh)
    .filter(isBegun)
    .map((host) => ({ host, state: stateOf(host) }));

/** What this agent's DNS answers: tasks of hosts that are not masked, suspects where nobody else is left. */
export function* answered(host: Host): Iterable<{ service: ZoneService; task: ZoneTask }> {
  const { services, hosts } = host.agent?.process.zone ?? {
    services: new Map<string, ZoneService>(),
    hosts: [],
  };
  const masked = new Set(hosts.filter((other) => !other.alive).map((other) => other.id));
  for (const service of services.values()) {
    const usable = service.tasks.filter((task) => !masked.has(task.host));
    const sound = usable.filter((task) => !task.suspect);
    for (const task of sound.length > 0 ? sound : usable) yield { service, task };
  }
}
