import { describe, expect, it } from 'vitest';
import { stallMain } from '../../../sim/host.ts';
import { command, deploy, type Mesh, runFor, serviceSpec, stateOf } from '../../../sim/mesh.ts';
import { atRest, hostOf, readyMesh } from './scenario.ts';

/** Full, and known to be: a command was refused. */
function fillDisk(mesh: Mesh): void {
  hostOf(mesh, 1).disk.isFull = true;
  command(mesh, hostOf(mesh, 1), { command: 'scale', service: 'web', replicas: 2 });
}

describe('a disk that was full', () => {
  it('keeps nobody read-only, even when the main loop stalls while it is mended', () => {
    for (const stallAfterMs of [2, 4, 6, 8, 10, 12]) {
      const mesh = readyMesh(1);
      deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 1));
      atRest(mesh, 5_000);
      fillDisk(mesh);
      runFor(mesh, stallAfterMs);
      stallMain(hostOf(mesh, 1), 5_000);
      hostOf(mesh, 1).disk.isFull = false;
      runFor(mesh, 10_000);
      expect(stateOf(hostOf(mesh, 1)).commands.readOnly).toBeNull();
    }
  });
});
