import { expect, it } from 'vitest';
import { hostState } from '../../../protocol/membership/view.ts';
import { cutPower } from '../../../sim/host.ts';
import { addHost, commandOk, deploy, runUntilTrue, serviceSpec, stateOf } from '../../../sim/mesh.ts';
import { atRest, hostOf, readyMesh } from './scenario.ts';

it('a host that operators removed: what it deployed lives on, also on hosts that join later', () => {
  const mesh = readyMesh(3);
  const gone = hostOf(mesh, 3);
  deploy(mesh, gone, serviceSpec('web', 2));
  atRest(mesh, 5_000);
  cutPower(gone);
  runUntilTrue(mesh, 20_000, () => hostState(stateOf(hostOf(mesh, 1)), gone.id) === 'failed');
  commandOk(mesh, hostOf(mesh, 1), { command: 'removeHost', host: 'h3' });
  const joiner = addHost(mesh);
  runUntilTrue(mesh, 15_000, () => stateOf(joiner).services.size === 1);
  atRest(mesh, 15_000);
  for (const host of [hostOf(mesh, 1), hostOf(mesh, 2), joiner]) {
    expect(stateOf(host).membership.peers.has(gone.id)).toBe(false);
  }
});
