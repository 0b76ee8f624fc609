import { describe, expect, it } from 'vitest';
import { deploy, runFor, serviceSpec } from '../../../sim/mesh.ts';
import { play } from '../../../sim/run.ts';
import { atRest, hostOf, readyMesh } from './scenario.ts';

describe('at rest', () => {
  it('nothing is broadcast: in 60 s only heartbeats leave', () => {
    const mesh = readyMesh(5);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 5));
    atRest(mesh, 5_000);
    runFor(mesh, 10_000);
    const before = new Map(mesh.net.sent);
    runFor(mesh, 60_000);
    const sent = [...mesh.net.sent].map(([what, count]) => [what, count - (before.get(what) ?? 0)]);
    expect(
      Object.fromEntries(sent.filter(([what]) => what !== 'datagram').filter(([, count]) => count !== 0)),
    ).toEqual({});
    // Five hosts, four observers each, one heartbeat a second.
    expect((mesh.net.sent.get('datagram') ?? 0) - (before.get('datagram') ?? 0)).toBeLessThanOrEqual(
      5 * 4 * 62,
    );
  });
});

describe('random runs', () => {
  it.each([1, 2, 3, 5, 8, 16, 22, 27, 37, 53])(
    'seed %i: every invariant holds in the end, and nothing moves any more',
    (seed) => {
      const { faults, restless } = play(seed);
      expect(faults).toEqual([]);
      expect(restless).toEqual([]);
    },
  );

  it('one seed twice: every effect alike', () => {
    expect(play(4).digest).toBe(play(4).digest);
    expect(play(4).digest).not.toBe(play(5).digest);
  });
});
