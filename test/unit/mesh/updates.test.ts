import { describe, expect, it } from 'vitest';
import type { ImageModel } from '../../../protocol/rehearse/engine.ts';
import { running } from '../../../protocol/rehearse/engine.ts';
import type { ServiceSpec } from '../../../protocol/spec.ts';
import { deploy, type Mesh, runFor, runUntilTrue, serviceSpec } from '../../../sim/mesh.ts';
import { atRest, claimsOf, hostOf, idsOf, readyMesh, starts } from './scenario.ts';

const version = (
  name: string,
  replicas: number,
  image: string,
  over: Partial<ServiceSpec> = {},
): ServiceSpec => serviceSpec(name, replicas, { TaskTemplate: { ContainerSpec: { Image: image } }, ...over });

const endpoints = (mesh: Mesh): number =>
  [...(hostOf(mesh, 1).agent?.process.zone.services.values() ?? [])].flatMap((service) => service.tasks)
    .length;

describe('updates', () => {
  it('rolls one slot at a time, start-first: never fewer endpoints than replicas', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), version('web', 4, 'web:1'));
    atRest(mesh, 5_000);
    deploy(mesh, hostOf(mesh, 2), version('web', 4, 'web:2'));
    for (let i = 0; i < 300; i++) {
      runFor(mesh, 50);
      expect(endpoints(mesh)).toBe(4);
      const updating = claimsOf(hostOf(mesh, 1)).filter(({ run }) => run === 1);
      expect(updating.length).toBeLessThanOrEqual(1);
    }
    atRest(mesh, 30_000);
    expect(starts(mesh)).toBe(8);
    expect(mesh.hosts.flatMap((host) => running(host.engine).map(({ name }) => name))).toHaveLength(4);
  });

  it('with a fixed host port that every host holds: stops first, slot by slot', () => {
    const port = {
      EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' as const }] },
    };
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), version('web', 3, 'web:1', port));
    atRest(mesh, 5_000);
    deploy(mesh, hostOf(mesh, 2), version('web', 3, 'web:2', port));
    for (let i = 0; i < 200; i++) {
      runFor(mesh, 50);
      expect(endpoints(mesh)).toBeGreaterThanOrEqual(2);
    }
    atRest(mesh, 30_000);
    expect(starts(mesh)).toBe(6);
  });

  it('scaling or labels start nothing anew (rule C1)', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), version('web', 3, 'web:1'));
    atRest(mesh, 5_000);
    const before = idsOf(mesh);
    deploy(mesh, hostOf(mesh, 2), version('web', 5, 'web:1', { Labels: { tier: 'front' } }));
    atRest(mesh, 5_000);
    expect(idsOf(mesh)).toEqual(expect.arrayContaining(before));
    expect(starts(mesh)).toBe(5);
  });

  it('an update that never gets healthy stops at its first slot: the others serve the old version', () => {
    const image = (name: string): Partial<ImageModel> => (name === 'web:sick' ? { healthyMs: null } : {});
    const mesh = readyMesh(3, { image });
    const check = { Healthcheck: { Test: ['CMD', 'true'] } };
    deploy(
      mesh,
      hostOf(mesh, 1),
      serviceSpec('web', 3, { TaskTemplate: { ContainerSpec: { Image: 'web:1', ...check } } }),
    );
    atRest(mesh, 10_000);
    deploy(
      mesh,
      hostOf(mesh, 1),
      serviceSpec('web', 3, { TaskTemplate: { ContainerSpec: { Image: 'web:sick', ...check } } }),
    );
    for (let second = 0; second < 60; second++) {
      runFor(mesh, 1_000);
      expect(endpoints(mesh)).toBe(3);
    }
  });
});

describe('restarts', () => {
  const jobs: Record<string, Partial<ImageModel>> = {
    'job:ok': { exitMs: 1_000, exitCode: 0 },
    'job:bad': { exitMs: 1_000, exitCode: 3 },
  };
  const image = (name: string): Partial<ImageModel> => jobs[name] ?? {};
  const job = (name: string, condition: 'none' | 'on-failure' | 'any'): ServiceSpec =>
    serviceSpec('job', 1, {
      TaskTemplate: { ContainerSpec: { Image: name }, RestartPolicy: { Condition: condition } },
      EndpointSpec: {},
    });

  it.each([
    ['none', 'job:bad'],
    ['on-failure', 'job:ok'],
  ] as const)('%s and %s: ended once, for good', (condition, name) => {
    const mesh = readyMesh(2, { image });
    deploy(mesh, hostOf(mesh, 1), job(name, condition));
    runFor(mesh, 60_000);
    expect(starts(mesh)).toBe(1);
    expect(endpoints(mesh)).toBe(0);
  });

  it('a crash loop backs off, then the service is left to another host', () => {
    const mesh = readyMesh(2, { image });
    deploy(mesh, hostOf(mesh, 1), job('job:bad', 'any'));
    runUntilTrue(mesh, 120_000, () => mesh.hosts.every((host) => host.engine.started.length > 0));
    expect(starts(mesh)).toBeLessThan(10);
    runFor(mesh, 120_000);
    expect(starts(mesh)).toBeLessThan(25);
  });

  it('an image that no registry has is tried again and again, ever more rarely, and never stops the rest', () => {
    const missing = (name: string): Partial<ImageModel> => (name === 'gone:1' ? { missing: true } : {});
    const mesh = readyMesh(2, { image: missing });
    deploy(mesh, hostOf(mesh, 1), version('bad', 2, 'gone:1'), version('good', 2, 'web:1'));
    runFor(mesh, 20_000);
    expect(endpoints(mesh)).toBe(2);
    const rows = mesh.net.sent.get('rows') ?? 0;
    runFor(mesh, 60_000);
    expect((mesh.net.sent.get('rows') ?? 0) - rows).toBeLessThan(100);
  });
});
