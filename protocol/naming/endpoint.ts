/** Where an asker reaches a task (rule N2: the container on the asker's own host, else the host's address and port). */
import { isMasked, type Zone } from './zone.ts';
import type { ZonePort, ZoneTask } from './zone-view.ts';

export interface Endpoint {
  address: string;
  /** on the asker's own host */
  near: boolean;
  /** the port to use at that address; 0 when it is not published there */
  portOf: (port: ZonePort) => number;
}

/** near: the asker is on the answering host. */
function endpointOf(zone: Zone, task: ZoneTask, near: boolean): Endpoint {
  const here = near && task.host === zone.self;
  if (here && task.containerAddress !== undefined)
    return { address: task.containerAddress, near: true, portOf: (port) => port.target };
  return { address: task.hostAddress, near: here, portOf: (port) => port.published };
}

/**
 * What `pick` makes of every task that may be answered. Suspects are left out as long as others remain (rule V4);
 * a task of which `pick` makes nothing does not count as remaining.
 */
export function pickServing<T>(
  zone: Zone,
  tasks: readonly ZoneTask[],
  near: boolean,
  pick: (endpoint: Endpoint, task: ZoneTask) => T[],
): T[] {
  const usable: T[] = [];
  const suspect: T[] = [];
  for (const task of tasks) {
    if (isMasked(zone, task.host)) continue;
    (task.suspect ? suspect : usable).push(...pick(endpointOf(zone, task, near), task));
  }
  return usable.length > 0 ? usable : suspect;
}
