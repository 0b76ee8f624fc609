import { describe, expect, it } from 'vitest';
import { hostState } from '../../../protocol/membership/view.ts';
import { cutBothWays } from '../../../protocol/rehearse/paths.ts';
import { commandOk, deploy, heal, runFor, serviceSpec, split, stateOf } from '../../../sim/mesh.ts';
import { atRest, idsOf, readyMesh } from './scenario.ts';

describe('partitions', () => {
  it('2 | 3 with deploys on both sides and edits of one service: all there after the heal, the original kept', () => {
    const mesh = readyMesh(5);
    const [a, b, c, d, e] = mesh.hosts;
    deploy(mesh, a!, serviceSpec('web', 5));
    atRest(mesh, 5_000);
    const original = idsOf(mesh);
    split(mesh, [a!, b!], [c!, d!, e!]);
    runFor(mesh, 15_000);
    expect(idsOf(mesh).length).toBe(10);
    deploy(mesh, a!, serviceSpec('left', 2));
    deploy(mesh, e!, serviceSpec('right', 2));
    // Different field groups of one service: both edits live on (rule R2).
    commandOk(mesh, b!, { command: 'scale', service: 'web', replicas: 6 });
    const labelled = serviceSpec('web', 5, { Labels: { tier: 'front' } });
    deploy(mesh, d!, labelled);
    runFor(mesh, 5_000);
    heal(mesh);
    expect(atRest(mesh, 30_000)).toBeLessThan(15_000);
    expect(idsOf(mesh)).toEqual(expect.arrayContaining(original));
    const web = [...stateOf(c!).services.values()].find(({ name }) => name === 'web');
    expect(web?.spec).toMatchObject({ Mode: { Replicated: { Replicas: 6 } }, Labels: { tier: 'front' } });
    expect([...stateOf(a!).services.values()].map(({ name }) => name).sort()).toEqual([
      'left',
      'right',
      'web',
    ]);
  });

  it('one name created on both sides: the first holds it, the second is shown and runs on (rule R3)', () => {
    const mesh = readyMesh(2);
    const [a, b] = mesh.hosts;
    split(mesh, [a!], [b!]);
    runFor(mesh, 10_000);
    deploy(mesh, a!, serviceSpec('web', 1));
    deploy(mesh, b!, serviceSpec('web', 2));
    runFor(mesh, 3_000);
    heal(mesh);
    atRest(mesh, 30_000);
    expect([...stateOf(b!).services.values()].map(({ name }) => name).sort()).toEqual(['web', 'web~2']);
  });

  it('removed on one side, updated on the other: it stays removed', () => {
    const mesh = readyMesh(2);
    const [a, b] = mesh.hosts;
    deploy(mesh, a!, serviceSpec('web', 2));
    atRest(mesh, 5_000);
    split(mesh, [a!], [b!]);
    runFor(mesh, 10_000);
    commandOk(mesh, a!, { command: 'removeServices', services: ['web'] });
    commandOk(mesh, b!, { command: 'scale', service: 'web', replicas: 4 });
    runFor(mesh, 3_000);
    heal(mesh);
    atRest(mesh, 30_000);
    expect(idsOf(mesh)).toEqual([]);
    expect(stateOf(b!).services.size).toBe(0);
  });

  it('A-C-B with only A-B cut: no verdict, no flood of flapping (rule V2: a vouch blocks)', () => {
    const mesh = readyMesh(3);
    const [a, b, c] = mesh.hosts;
    deploy(mesh, a!, serviceSpec('web', 3));
    atRest(mesh, 5_000);
    const before = idsOf(mesh);
    cutBothWays(mesh.net.paths, a!.id, b!.id);
    runFor(mesh, 20_000);
    const rows = mesh.net.sent.get('rows') ?? 0;
    for (let second = 0; second < 40; second++) {
      runFor(mesh, 1_000);
      for (const host of mesh.hosts) {
        for (const other of mesh.hosts) expect(hostState(stateOf(host), other.id)).not.toBe('failed');
      }
    }
    expect((mesh.net.sent.get('rows') ?? 0) - rows).toBeLessThan(40);
    expect(idsOf(mesh)).toEqual(before);
    expect(c).toBeDefined();
    heal(mesh);
    atRest(mesh, 20_000);
    expect(idsOf(mesh)).toEqual(before);
  });

  it('commands go on in both halves, each confirmed by its own side only', () => {
    const mesh = readyMesh(5);
    const [a, b, c, d, e] = mesh.hosts;
    split(mesh, [a!, b!], [c!, d!, e!]);
    runFor(mesh, 10_000);
    expect(deploy(mesh, a!, serviceSpec('left', 1)).result).toMatchObject({ kept: { others: 1, of: 1 } });
    expect(deploy(mesh, c!, serviceSpec('right', 1)).result).toMatchObject({ kept: { others: 2, of: 2 } });
  });
});
