import { describe, expect, it } from 'vitest';
import { running } from '../../../protocol/rehearse/engine.ts';
import type { PortConfig } from '../../../protocol/spec.ts';
import { killAgent, startAgent } from '../../../sim/host.ts';
import { command, commandOk, deploy, runFor, runUntilTrue, serviceSpec, stateOf } from '../../../sim/mesh.ts';
import { atRest, claimsOf, hostOf, readyMesh, starts } from './scenario.ts';

const fixedPort: PortConfig = { TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' };

describe('what nobody may wait for', () => {
  it('a container whose health check never ends fails at its deadline', () => {
    const mesh = readyMesh(2, {
      tunables: { startDeadlineMs: 3_000 },
      image: (name) => (name === 'hung:1' ? { healthyMs: 1e9 } : {}),
    });
    const hung = { ContainerSpec: { Image: 'hung:1', Healthcheck: { Test: ['CMD', 'check'] } } };
    deploy(mesh, hostOf(mesh, 1), serviceSpec('hung', 1, { TaskTemplate: hung }));
    runUntilTrue(mesh, 15_000, () => starts(mesh) > 1);
  });

  it('the bid of an agent that died before it started anything', () => {
    const mesh = readyMesh(3, { tunables: { holdFirstMs: 1_500, holdFloorMs: 1_500 } });
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 3));
    runUntilTrue(mesh, 2_000, () =>
      claimsOf(hostOf(mesh, 1)).some(({ origin }) => origin === hostOf(mesh, 3).id),
    );
    expect(starts(mesh)).toBe(0);
    killAgent(hostOf(mesh, 3));
    runUntilTrue(mesh, 20_000, () => starts(mesh) === 3);
  });

  it('the bid of an agent that came back without its engine', () => {
    const mesh = readyMesh(3, { tunables: { holdFirstMs: 1_500, holdFloorMs: 1_500 } });
    const [first, second, third] = mesh.hosts;
    deploy(mesh, first!, serviceSpec('web', 3));
    runUntilTrue(mesh, 2_000, () => claimsOf(first!).some(({ origin }) => origin === third!.id));
    killAgent(third!);
    third!.engine.isUp = false;
    startAgent(third!);
    runUntilTrue(mesh, 10_000, () => starts(mesh) === 3);
    expect(running(first!.engine).length + running(second!.engine).length).toBe(3);
  });

  it('a claim whose agent died while it pulled', () => {
    const mesh = readyMesh(3, { image: () => ({ pullMs: 3_000 }) });
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 3));
    runFor(mesh, 2_000);
    expect(starts(mesh)).toBe(0);
    killAgent(hostOf(mesh, 3));
    runUntilTrue(mesh, 25_000, () => starts(mesh) >= 3);
  });
});

describe('a fixed host port', () => {
  const spec = (name: string, image: string) =>
    serviceSpec(name, 1, {
      TaskTemplate: { ContainerSpec: { Image: image } },
      EndpointSpec: { Ports: [fixedPort] },
    });

  it('is taken from the moment on in which a claim is won, however long its image takes', () => {
    const mesh = readyMesh(1, { image: (name) => ({ pullMs: name === 'slow:1' ? 6_000 : 50 }) });
    deploy(mesh, hostOf(mesh, 1), spec('first', 'slow:1'));
    runFor(mesh, 1_000);
    deploy(mesh, hostOf(mesh, 1), spec('second', 'quick:1'));
    runFor(mesh, 20_000);
    expect(starts(mesh)).toBe(1);
    expect(running(hostOf(mesh, 1).engine)).toHaveLength(1);
  });

  it('is kept by a container that waits for its next start', () => {
    const mesh = readyMesh(1, {
      image: (name) => (name === 'loop:1' ? { exitMs: 6_000, exitCode: 1 } : {}),
      tunables: { restartFirstMs: 5_000 },
    });
    deploy(mesh, hostOf(mesh, 1), spec('first', 'loop:1'));
    runFor(mesh, 3_000);
    deploy(mesh, hostOf(mesh, 1), spec('second', 'quick:1'));
    runFor(mesh, 15_000);
    expect(hostOf(mesh, 1).engine.started.every(({ claim }) => !claim.includes('quick'))).toBe(true);
    const services = new Set(hostOf(mesh, 1).engine.started.map(({ claim }) => claim.split('.')[0]));
    expect(services.size).toBe(1);
  });
});

describe('slots that nobody wants any more', () => {
  it('are forgotten, and with them the room they were promised', () => {
    const mesh = readyMesh(2);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 4, { EndpointSpec: { Ports: [fixedPort] } }));
    runFor(mesh, 5_000);
    expect(stateOf(hostOf(mesh, 1)).openSlots.size).toBe(2);
    commandOk(mesh, hostOf(mesh, 1), { command: 'scale', service: 'web', replicas: 2 });
    runFor(mesh, 3_000);
    for (const host of mesh.hosts) expect(stateOf(host).openSlots.size).toBe(0);
  });
});

describe('what does not fit into a row', () => {
  it('is refused as a command and never acknowledged: no other host would take it', () => {
    const mesh = readyMesh(2);
    const big = {
      ContainerSpec: { Image: 'web:1', Env: Array.from({ length: 90 }, () => `A=${'x'.repeat(1_000)}`) },
    };
    const tries = [
      serviceSpec('big', 1, { TaskTemplate: big }),
      serviceSpec('label', 1, { Labels: { ['k'.repeat(400)]: 'v' } }),
    ].map((spec) => command(mesh, hostOf(mesh, 1), { command: 'deploy', stack: null, services: [spec] }));
    tries.push(
      command(mesh, hostOf(mesh, 1), {
        command: 'setHostLabels',
        host: 'h2',
        set: { long: 'x'.repeat(5_000) },
        remove: [],
      }),
    );
    runFor(mesh, 2_000);
    for (const { result } of tries) {
      expect(result).toMatchObject({ ok: false });
      expect(['BAD_SPEC', 'BAD_REQUEST']).toContain(result?.ok === false && result.failure.code);
    }
    atRest(mesh, 5_000);
  });

  it('host labels may hold a slash, as labels do', () => {
    const mesh = readyMesh(2);
    commandOk(mesh, hostOf(mesh, 1), {
      command: 'setHostLabels',
      host: 'h2',
      set: { 'example.org/disk': 'ssd' },
      remove: [],
    });
    const task = {
      ContainerSpec: { Image: 'web:1' },
      Placement: { Constraints: ['node.labels.example.org/disk==ssd'] },
    };
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 2, { TaskTemplate: task }));
    atRest(mesh, 10_000);
    expect(running(hostOf(mesh, 2).engine)).toHaveLength(2);
  });
});
