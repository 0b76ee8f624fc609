/** The end of the faults: some hosts are mended, the rest stays without power for good. */
import { compareRows } from '../protocol/crdt/merge.ts';
import { boot, cutPower, startAgent, thaw } from './host.ts';
import { heal, type Mesh } from './mesh.ts';

export function healCore(mesh: Mesh, rest: string[]): void {
  heal(mesh);
  mesh.net.paths.loss = 0;
  for (const host of mesh.hosts) {
    host.disk.isFull = false;
    if (rest.includes(host.name)) {
      cutPower(host);
      continue;
    }
    if (host.agent) thaw(host.agent.process);
    boot(host);
    startAgent(host);
  }
  forgetLost(mesh, rest);
}

/** What was acknowledged by machines that are gone for good, and that no other has on its disk, is gone with them. */
function forgetLost(mesh: Mesh, rest: string[]): void {
  const core = mesh.hosts.filter((host) => !rest.includes(host.name));
  for (const [key, row] of mesh.acknowledged) {
    const isOnDisk = core.some((host) => {
      const held = host.disk.rows.get(key);
      return held !== undefined && compareRows(held, row) >= 0;
    });
    if (!isOnDisk) mesh.acknowledged.delete(key);
  }
}
