/** May this host's store be lost without loss? Asked where a fault is done, so that it holds in a replay as well. */
import type { Host } from '../host.ts';
import { alive, type Mesh, stateOf } from '../mesh.ts';

/** Every host runs, and all hold the same, on their disks too. */
export function isHeldByOthers(mesh: Mesh, host: Host): boolean {
  const live = alive(mesh);
  if (!host.agent || live.length < 2 || live.length < mesh.hosts.filter(({ isGone }) => !isGone).length)
    return false;
  const digests = new Set(live.map((other) => stateOf(other).table.digest.join()));
  return digests.size === 1 && live.every((other) => other.disk.underWay.size === 0 && !other.disk.isFull);
}
