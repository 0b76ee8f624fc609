import { describe, expect, it } from 'vitest';
import { addHost, commandOk, deploy, runFor, serviceSpec, stateOf } from '../../../sim/mesh.ts';
import { atRest, claimsOf, hostOf, readyMesh, runningOn, starts } from './scenario.ts';

describe('deploying', () => {
  it.each([1, 5, 60])('%i replicas on five hosts: even, each started once, messages bounded', (replicas) => {
    const mesh = readyMesh(5);
    const before = new Map(mesh.net.sent);
    deploy(mesh, hostOf(mesh, 2), serviceSpec('web', replicas));
    expect(atRest(mesh, 3_000)).toBeLessThan(1_200);
    const counts = mesh.hosts.map((host) => runningOn(host).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(starts(mesh)).toBe(replicas);
    // Rows of bids, starts and health of five hosts, each flooded over at most 20 directed links, batched.
    const rows = (mesh.net.sent.get('rows') ?? 0) - (before.get('rows') ?? 0);
    expect(rows).toBeLessThan(20 * 25);
    expect(claimsOf(hostOf(mesh, 1)).filter(({ run }) => run === 2)).toHaveLength(replicas);
  });

  it('on a lone host: no hold, no waiting', () => {
    const mesh = readyMesh(1);
    const { tookMs, result } = deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 3));
    expect(tookMs).toBeLessThan(20);
    expect(result).toMatchObject({ ok: true, kept: { others: 0, of: 0 } });
    expect(atRest(mesh, 3_000)).toBeLessThan(1_000);
    expect(starts(mesh)).toBe(3);
  });

  it('says how many neighbours confirmed', () => {
    const mesh = readyMesh(5);
    const { result, tookMs } = deploy(mesh, hostOf(mesh, 3), serviceSpec('web', 2));
    expect(result).toMatchObject({ ok: true, kept: { others: 4, of: 4 } });
    expect(tookMs).toBeLessThan(100);
  });

  it('scales up and down, and removes', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 2));
    atRest(mesh, 5_000);
    commandOk(mesh, hostOf(mesh, 2), { command: 'scale', service: 'web', replicas: 9 });
    atRest(mesh, 5_000);
    expect(starts(mesh)).toBe(9);
    commandOk(mesh, hostOf(mesh, 3), { command: 'scale', service: 'web', replicas: 1 });
    atRest(mesh, 20_000);
    expect(starts(mesh)).toBe(9);
    commandOk(mesh, hostOf(mesh, 1), { command: 'removeServices', services: ['web'] });
    atRest(mesh, 20_000);
    expect(mesh.hosts.flatMap(runningOn)).toEqual([]);
    expect(claimsOf(hostOf(mesh, 2))).toEqual([]);
  });

  it('global: one task on every host, a joiner included', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('agent', 0, { Mode: { Global: {} } }));
    atRest(mesh, 5_000);
    expect(mesh.hosts.map((host) => runningOn(host).length)).toEqual([1, 1, 1]);
    addHost(mesh);
    atRest(mesh, 10_000);
    expect(mesh.hosts.map((host) => runningOn(host).length)).toEqual([1, 1, 1, 1]);
  });

  it('finds the one host of nine that meets a constraint at once (rule C7: filters come before ranking)', () => {
    const mesh = readyMesh(9, { labels: (index) => ({ disk: index === 7 ? 'ssd' : 'hdd' }) });
    const spec = serviceSpec('db', 2);
    spec.TaskTemplate.Placement = { Constraints: ['node.labels.disk==ssd'] };
    deploy(mesh, hostOf(mesh, 2), spec);
    expect(atRest(mesh, 5_000)).toBeLessThan(1_200);
    expect(runningOn(hostOf(mesh, 7))).toHaveLength(2);
  });

  it('drains a host with no gap, and gives it work again when it is active', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 6));
    atRest(mesh, 5_000);
    commandOk(mesh, hostOf(mesh, 1), { command: 'setAvailability', host: 'h2', availability: 'drain' });
    for (let i = 0; i < 40; i++) {
      runFor(mesh, 100);
      const tasks = [...(hostOf(mesh, 3).agent?.process.zone.services.values() ?? [])].flatMap(
        (s) => s.tasks,
      );
      expect(tasks).toHaveLength(6);
    }
    atRest(mesh, 20_000);
    expect(runningOn(hostOf(mesh, 2))).toEqual([]);
    commandOk(mesh, hostOf(mesh, 3), { command: 'setAvailability', host: 'h2', availability: 'active' });
    commandOk(mesh, hostOf(mesh, 3), { command: 'scale', service: 'web', replicas: 9 });
    atRest(mesh, 20_000);
    expect(runningOn(hostOf(mesh, 2)).length).toBeGreaterThan(0);
  });

  it('a joiner gets everything', () => {
    const mesh = readyMesh(3);
    for (let i = 0; i < 8; i++) deploy(mesh, hostOf(mesh, 1), serviceSpec(`s${i}`, 2));
    atRest(mesh, 10_000);
    const joiner = addHost(mesh);
    const tookMs = atRest(mesh, 10_000);
    expect(tookMs).toBeLessThan(3_000);
    expect(stateOf(joiner).services.size).toBe(8);
    expect(starts(mesh)).toBe(16);
  });

  it('a burst of 200 slots settles in seconds, each started once', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 200));
    expect(atRest(mesh, 10_000, 250)).toBeLessThan(2_000);
    expect(starts(mesh)).toBe(200);
  });
});
