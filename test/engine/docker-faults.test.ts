import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Engine, openEngine } from '../../agent/engine/engine.ts';
import type { Timing } from '../../agent/engine/timing.ts';
import type { ContainerPlan } from '../../protocol/engine.ts';
import { HOST, MESH, plan, QUICK } from './beds.ts';
import { raiseDockerd, TEST_IMAGE, type TestDockerd, whyNoDockerd } from './dockerd.ts';
import { type FaultyProxy, faultyProxy } from './proxy.ts';
import {
  changed,
  gone,
  isDown,
  isInventory,
  isPulled,
  isPullFailed,
  isUp,
  type Recorder,
  record,
  started,
  startFailed,
} from './record.ts';

vi.setConfig({ testTimeout: 30_000 });

const without = whyNoDockerd();

describe.skipIf(without)(`docker engine in trouble${without ? ` (skipped: ${without})` : ''}`, () => {
  let daemon: TestDockerd;
  let proxy: FaultyProxy;
  let engine: Engine;
  let seen: Recorder;

  beforeAll(async () => {
    daemon = await raiseDockerd();
    proxy = await faultyProxy(daemon.socket, `${daemon.socket}.proxy`);
  }, 40_000);

  afterAll(async () => {
    await proxy?.close();
    await daemon?.close();
  }, 30_000);

  afterEach(async () => {
    proxy.rule(() => 'pass');
    await engine.close();
  });

  async function connect(timing: Partial<Timing> = {}, mesh: () => string | null = () => MESH) {
    engine = openEngine(proxy.url, { mesh, host: HOST }, { timing: { ...QUICK, ...timing } });
    seen = record(engine);
    return (await seen.until('inventory', isInventory)).containers;
  }

  async function start(container: ContainerPlan) {
    const from = seen.mark();
    engine.perform({ op: 'start', container });
    return (await seen.until(`start of ${container.name}`, started(container.name), { from })).container;
  }

  async function stop(name: string) {
    const from = seen.mark();
    engine.perform({ op: 'stop', name, claim: `${name}|1`, graceMs: 0 });
    await seen.until(`end of ${name}`, gone(name), { from });
  }

  test('says once that there is no engine, with the reason, and answers operations', async () => {
    engine = openEngine(
      `unix://${join('/tmp', 'no-such-shoal.sock')}`,
      { mesh: () => MESH, host: HOST },
      { timing: QUICK },
    );
    seen = record(engine);
    const down = await seen.until('down', isDown);
    expect(down.reason).toBe(
      'no container engine at unix:///tmp/no-such-shoal.sock: there is no such socket (is Docker running?)',
    );
    engine.perform({ op: 'start', container: plan('a.1', 'true') });
    expect((await seen.until('failure', startFailed('a.1|1'))).reason).toMatch(
      /^the container engine is down: no/,
    );
    engine.perform({ op: 'pull', image: TEST_IMAGE });
    await seen.until('failure', isPullFailed);
    expect(seen.events.filter(isDown)).toHaveLength(1);
  });

  test('an engine behind a port, whatever DOCKER_HOST says', async () => {
    const behindPort = await faultyProxy(daemon.socket, 0);
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:9');
    engine = openEngine(behindPort.url, { mesh: () => MESH, host: HOST }, { timing: QUICK });
    seen = record(engine);
    await seen.until('inventory', isInventory);
    await start(plan('far.1', 'sleep 1000'));
    await stop('far.1');
    await engine.close();
    vi.unstubAllEnvs();
    await behindPort.close();
  });

  test('pulls only what is missing, and keeps the reason', async () => {
    await connect();
    const fail = async (image: string) => {
      const from = seen.mark();
      engine.perform({ op: 'pull', image });
      return (await seen.until('failure', isPullFailed, { from })).reason;
    };
    // a registry on a port where nobody listens
    expect(await fail('127.0.0.1:9/nothing/here:1')).toMatch(/connection refused/);
    expect(await fail(`sha256:${'0'.repeat(64)}`)).toMatch(/not on this host, and ids cannot be pulled/);
    expect(await fail('../containers')).toMatch(/no image reference/);
    const { Id } = await daemon.docker.getImage(TEST_IMAGE).inspect();
    engine.perform({ op: 'pull', image: Id });
    await seen.until('pulled', isPulled);
  });

  test('what a container is made with', async () => {
    await connect();
    const healthcheck = { Test: ['NONE'] };
    const limits = {
      nanoCpus: 5e8,
      memoryBytes: 64 * 1024 * 1024,
      init: true,
      hostname: 'box',
      workingDir: '/tmp',
    };
    const names = { dns: ['169.254.7.7'], dnsSearch: ['shoal.internal'] };
    await start(plan('made.1', 'sleep 1000', { ...limits, ...names, healthcheck, labels: { tier: 'web' } }));
    const { Config, HostConfig } = await daemon.docker.getContainer('made.1').inspect();
    const labels = { tier: 'web', 'shoal.mesh': MESH, 'shoal.host': HOST, 'shoal.claim': 'made.1|1' };
    expect(Config).toMatchObject({
      Labels: labels,
      Hostname: 'box',
      WorkingDir: '/tmp',
      Healthcheck: healthcheck,
    });
    expect(HostConfig).toMatchObject({
      RestartPolicy: { Name: 'no' },
      NanoCpus: 5e8,
      Memory: 64 * 1024 * 1024,
      Init: true,
      Dns: ['169.254.7.7'],
      DnsSearch: ['shoal.internal'],
    });
    await stop('made.1');
  });

  test('tells that the memory ran out', async () => {
    await connect();
    const memoryBytes = 16 * 1024 * 1024;
    await start(plan('fat.1', 'exec tail /dev/zero', { memoryBytes }));
    await seen.until('death', changed('fat.1', { state: 'exited', exitCode: 137, oomKilled: true }));
    await stop('fat.1');
  });

  test('a host that belongs to no mesh starts nothing', async () => {
    await connect({}, () => null);
    engine.perform({ op: 'start', container: plan('lost.1', 'sleep 1000') });
    expect((await seen.until('failure', startFailed('lost.1|1'))).reason).toMatch(/not a member of a mesh/);
  });

  test('a container whose creation was not answered in time is adopted', async () => {
    await connect({ createMs: 300 });
    const hits = proxy.hits();
    proxy.rule((_, path) => (path.includes('/containers/create') ? 'hideAnswer' : 'pass'));
    const container = await start(plan('slow.1', 'sleep 1000'));
    expect(proxy.hits()).toBe(hits + 1);
    expect(container).toMatchObject({ claim: 'slow.1|1', state: 'running' });
    await stop('slow.1');
  });

  test('a start that was not answered in time is adopted, one that never was is taken back', async () => {
    await connect({ startMs: 1_500 });
    proxy.rule((method, path) => (method === 'POST' && path.includes('/start') ? 'hideAnswer' : 'pass'));
    expect(await start(plan('late.1', 'sleep 1000'))).toMatchObject({ state: 'running' });
    proxy.rule((method, path) => (method === 'POST' && path.includes('/start') ? 'swallow' : 'pass'));
    engine.perform({ op: 'start', container: plan('late.2', 'sleep 1000') });
    const { reason } = await seen.until('failure', startFailed('late.2|1'));
    expect(reason).toBe('the engine did not start container late.2 in 1.5 s');
    expect((await daemon.docker.listContainers({ all: true })).map(({ Names }) => Names[0])).toEqual([
      '/late.1',
    ]);
    await stop('late.1');
  });

  test('one stuck container keeps no other waiting, and goes in the end', async () => {
    await connect({ removeMs: 300, turnMs: 500 });
    const { id } = await start(plan('stuck.1', 'sleep 1000'));
    proxy.rule((method, path) => (method !== 'GET' && path.includes(id) ? 'swallow' : 'pass'));
    const from = seen.mark();
    engine.perform({ op: 'stop', name: 'stuck.1', claim: 'stuck.1|1', graceMs: 0 });
    await start(plan('free.1', 'sleep 1000'));
    await stop('free.1');
    engine.perform({ op: 'start', container: plan('stuck.1', 'sleep 1000', { claim: 'stuck.1|2' }) });
    const { reason } = await seen.until('failure', startFailed('stuck.1|2'));
    expect(reason).toBe('an earlier container stuck.1 is still being removed');
    expect(seen.events.slice(from).filter(gone('stuck.1'))).toEqual([]);
    proxy.rule(() => 'pass');
    await seen.until('end', gone('stuck.1'), { from });
    expect(await daemon.docker.listContainers({ all: true })).toEqual([]);
  });

  test('one container that cannot be inspected does not hide the others', async () => {
    await connect({ callMs: 500 });
    const ports = [{ protocol: 'tcp' as const, target: 80, published: 0 }];
    const locked = await start(plan('locked.1', 'sleep 1000', { ports }));
    const fine = await start(plan('fine.1', 'exit 4'));
    proxy.rule((_, path) => (path.includes('/containers/locked.1/json') ? 'swallow' : 'pass'));
    const from = seen.mark();
    engine.perform({ op: 'inventory' });
    const { containers } = await seen.until('inventory', isInventory, { from });
    expect(containers.find(({ id }) => id === locked.id)).toEqual(locked);
    expect(containers.find(({ id }) => id === fine.id)).toMatchObject({ name: 'fine.1' });
    proxy.rule(() => 'pass');
    await stop('locked.1');
    await stop('fine.1');
  });

  test('after a gap in the event stream everything is told anew, and it is no outage', async () => {
    await connect();
    await start(plan('gap.1', 'sleep 1000'));
    const from = seen.mark();
    // the stream breaks, and the next one opens only after the death
    let dead = false;
    proxy.rule((_, path) => (path.includes('/events') && !dead ? 'swallow' : 'pass'));
    proxy.cut();
    await daemon.docker.getContainer('gap.1').kill();
    dead = true;
    proxy.cut();
    const { containers } = await seen.until('inventory', isInventory, { from });
    expect(containers).toMatchObject([{ name: 'gap.1', state: 'exited', exitCode: 137 }]);
    await stop('gap.1');
  });

  test('an engine that hangs is down, and up again with everything when it goes on', async () => {
    await connect({ pingEveryMs: 200, pingDeadlineMs: 500, callMs: 500 });
    await start(plan('hang.1', 'sleep 1000'));
    const from = seen.mark();
    daemon.signal('SIGSTOP');
    const down = await seen.until('down', isDown, { from });
    expect(down.reason).toMatch(/^the engine did not .* in 0\.5 s$/);
    engine.perform({ op: 'stop', name: 'hang.1', claim: 'hang.1|1', graceMs: 0 });
    daemon.signal('SIGCONT');
    await seen.until('up', isUp, { from });
    await seen.until('inventory', isInventory, { from });
    await seen.until('end', gone('hang.1'), { from });
    expect(seen.events.slice(from).filter(isDown)).toHaveLength(1);
  });

  test('a restart of the engine changes its start id and tells what became of the containers', async () => {
    await connect();
    const before = seen.events.find(isUp)?.info.startId;
    // the next daemon ends what the last one left, with a grace: so it must hear TERM
    await start(plan('old.1', 'trap exit TERM; while :; do sleep 0.1; done'));
    const from = seen.mark();
    await daemon.kill();
    await seen.until('down', isDown, { from });
    await daemon.start();
    const up = await seen.until('up', isUp, { from });
    expect(up.info.startId).not.toBe(before);
    const { containers } = await seen.until('inventory', isInventory, { from });
    expect(containers).toMatchObject([{ name: 'old.1', claim: 'old.1|1', state: 'exited' }]);
    expect(seen.events.slice(from).map(({ event }) => event)).toEqual(['down', 'up', 'inventory']);
    expect((await start(plan('old.1', 'sleep 1000'))).state).toBe('running');
    await stop('old.1');
  });
});
