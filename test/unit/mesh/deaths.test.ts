import { describe, expect, it } from 'vitest';
import { boot, cutPower } from '../../../sim/host.ts';
import { deploy, runFor, serviceSpec } from '../../../sim/mesh.ts';
import { atRest, hostOf, idsOf, readyMesh, starts } from './scenario.ts';

/** Silence 2.2 s and a beat, second witness 1 s, grace 1 s, hold, pull and start. */
const ONE_OF_FIVE_MS = 6_500;

describe('dying hosts', () => {
  it('one of five: its tasks run elsewhere within the stated time; the others are left alone', () => {
    const mesh = readyMesh(5);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 10));
    atRest(mesh, 5_000);
    cutPower(hostOf(mesh, 3));
    const kept = idsOf(mesh);
    expect(atRest(mesh, 20_000)).toBeLessThan(ONE_OF_FIVE_MS);
    expect(starts(mesh)).toBe(12);
    expect(idsOf(mesh)).toEqual(expect.arrayContaining(kept));
    boot(hostOf(mesh, 3));
    atRest(mesh, 20_000);
    expect(starts(mesh)).toBe(12);
  });

  it('down to the last one, which runs everything; all come back with nothing started twice', () => {
    const mesh = readyMesh(5);
    deploy(mesh, hostOf(mesh, 4), serviceSpec('web', 5));
    atRest(mesh, 5_000);
    for (const index of [1, 2, 3, 4]) {
      cutPower(hostOf(mesh, index));
      atRest(mesh, 30_000);
    }
    const last = idsOf(mesh);
    expect(last).toHaveLength(5);
    deploy(mesh, hostOf(mesh, 5), serviceSpec('api', 2));
    atRest(mesh, 5_000);
    const before = starts(mesh);
    for (const index of [1, 2, 3, 4]) boot(hostOf(mesh, index));
    atRest(mesh, 30_000);
    expect(starts(mesh)).toBe(before);
    expect(idsOf(mesh)).toEqual(expect.arrayContaining(last));
  });

  it.each([1, 2])(
    'two hosts, host %i dies (rule V1: isolation delays a verdict to 6 s, never forbids it)',
    (index) => {
      const mesh = readyMesh(2);
      deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 4));
      atRest(mesh, 5_000);
      cutPower(hostOf(mesh, index));
      expect(atRest(mesh, 20_000)).toBeLessThan(10_000);
      boot(hostOf(mesh, index));
      atRest(mesh, 20_000);
      expect(starts(mesh)).toBe(6);
    },
  );

  it('five power-cycled together, two on new addresses: one mesh, nothing started twice (rules C3, C4)', () => {
    const mesh = readyMesh(5);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 10));
    atRest(mesh, 5_000);
    for (const host of mesh.hosts) cutPower(host);
    runFor(mesh, 5_000);
    hostOf(mesh, 2).address = '10.0.1.2';
    hostOf(mesh, 4).address = '10.0.1.4';
    for (const host of mesh.hosts) boot(host);
    atRest(mesh, 30_000);
    expect(starts(mesh)).toBe(20);
  });

  it('power back before anybody noticed: the old row does not stand for the dead container (rule C4)', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 3));
    atRest(mesh, 5_000);
    cutPower(hostOf(mesh, 2));
    runFor(mesh, 1_000);
    boot(hostOf(mesh, 2));
    expect(atRest(mesh, 20_000)).toBeLessThan(12_000);
    expect(starts(mesh)).toBe(4);
  });
});
