import { describe, expect, it } from 'vitest';
import { hostState } from '../../../protocol/membership/view.ts';
import { die, running } from '../../../protocol/rehearse/engine.ts';
import type { Host } from '../../../sim/host.ts';
import { freeze, killAgent, stallMain, startAgent } from '../../../sim/host.ts';
import { alive, deploy, type Mesh, runFor, runUntilTrue, serviceSpec, stateOf } from '../../../sim/mesh.ts';
import { atRest, hostOf, idsOf, readyMesh, runningOn, starts } from './scenario.ts';

const endpoints = (host: Host, name: string): string[] =>
  [...(host.agent?.process.zone.services.values() ?? [])]
    .filter((s) => s.name === name)
    .flatMap((s) => s.tasks.map((t) => `${t.slot} ${t.hostName}`));

function runs(hosts: number, replicas: number): Mesh {
  const mesh = readyMesh(hosts);
  deploy(mesh, hostOf(mesh, 1), serviceSpec('web', replicas));
  atRest(mesh, 5_000);
  return mesh;
}

describe('agents that die while containers run on', () => {
  it('kill -9 and restart: the same containers, the same endpoints', () => {
    const mesh = runs(5, 10);
    const before = idsOf(mesh);
    killAgent(hostOf(mesh, 2));
    runFor(mesh, 300);
    startAgent(hostOf(mesh, 2));
    atRest(mesh, 10_000);
    expect(idsOf(mesh)).toEqual(before);
    expect(starts(mesh)).toBe(10);
  });

  it('down for long: keeps its names and claims while its endpoints answer (rule V3)', () => {
    const mesh = runs(3, 6);
    const before = idsOf(mesh);
    killAgent(hostOf(mesh, 2));
    runUntilTrue(mesh, 8_000, () =>
      alive(mesh).every((host) => hostState(stateOf(host), hostOf(mesh, 2).id) === 'agent-down'),
    );
    runFor(mesh, 90_000);
    expect(idsOf(mesh)).toEqual(before);
    expect(endpoints(hostOf(mesh, 1), 'web')).toHaveLength(6);
  });

  it('an endpoint that refuses leaves DNS after two misses, and its slot opens after 5 s more (rule V3)', () => {
    const mesh = runs(3, 3);
    const victim = hostOf(mesh, 2);
    killAgent(victim);
    runFor(mesh, 10_000);
    const [container] = running(victim.engine);
    die(victim.engine, container!.name, 1);
    const gone = (): boolean => alive(mesh).every((host) => endpoints(host, 'web').length === 2);
    expect(runUntilTrue(mesh, 10_000, gone)).toBeLessThan(4_500);
    const back = (): boolean => alive(mesh).every((host) => endpoints(host, 'web').length === 3);
    expect(runUntilTrue(mesh, 15_000, back)).toBeLessThan(9_000);
    startAgent(victim);
    atRest(mesh, 20_000);
    expect(idsOf(mesh)).toHaveLength(3);
  });

  it('without a TCP endpoint the claim falls after agentDownAfter', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('job', 3, { EndpointSpec: {} }));
    atRest(mesh, 5_000);
    killAgent(hostOf(mesh, 2));
    runFor(mesh, 55_000);
    expect(starts(mesh)).toBe(3);
    runFor(mesh, 15_000);
    expect(starts(mesh)).toBe(4);
    startAgent(hostOf(mesh, 2));
    atRest(mesh, 20_000);
    expect(idsOf(mesh)).toHaveLength(3);
  });

  it('a container that died while its agent was down is found out and started again', () => {
    const mesh = runs(3, 3);
    const host = hostOf(mesh, 3);
    killAgent(host);
    die(host.engine, running(host.engine)[0]!.name, 1);
    startAgent(host);
    atRest(mesh, 10_000);
    expect(starts(mesh)).toBe(4);
    expect(runningOn(host)).toHaveLength(1);
  });

  it('a stalled main loop is no death: nothing moves', () => {
    const mesh = runs(3, 3);
    const before = idsOf(mesh);
    stallMain(hostOf(mesh, 1), 20_000);
    runFor(mesh, 20_000);
    atRest(mesh, 20_000);
    expect(idsOf(mesh)).toEqual(before);
  });

  it('a process frozen for 60 s comes back by itself', () => {
    const mesh = runs(5, 5);
    freeze(hostOf(mesh, 4), 60_000);
    runFor(mesh, 60_000);
    atRest(mesh, 20_000);
    expect(idsOf(mesh)).toHaveLength(5);
  });
});
