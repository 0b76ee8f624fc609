import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Engine, LogLine, LogOptions } from '../../agent/engine/engine.ts';
import type { ContainerPlan } from '../../protocol/engine.ts';
import { type Bed, dockerBed, plan, processBed } from './beds.ts';
import { eventually, whyNoDockerd } from './dockerd.ts';
import {
  changed,
  gone,
  isInventory,
  isPulled,
  isUp,
  type Recorder,
  record,
  started,
  startFailed,
} from './record.ts';

vi.setConfig({ testTimeout: 30_000 });

const noDockerd = whyNoDockerd();
const kinds = [
  { kind: 'process', raise: processBed, without: null },
  { kind: 'docker', raise: dockerBed, without: noDockerd },
];

for (const { kind, without } of kinds) {
  if (without) test.skip(`${kind} engine: ${without}`, () => undefined);
}

describe.each(kinds.filter(({ without }) => !without))('$kind engine', ({ kind, raise }) => {
  let bed: Bed;
  let engine: Engine;
  let seen: Recorder;

  beforeAll(async () => {
    bed = await raise();
    engine = bed.open();
    seen = record(engine);
    await seen.until('inventory', isInventory);
  }, 40_000);

  afterAll(async () => {
    await engine?.close();
    await bed?.close();
  }, 30_000);

  // what a failed test left must not fail the next ones
  afterEach(async () => {
    for (const { name, claim } of await inventory()) await stop(name, 0, claim);
  });

  async function start(container: ContainerPlan) {
    const from = seen.mark();
    engine.perform({ op: 'start', container });
    return (await seen.until(`start of ${container.name}`, started(container.name), { from })).container;
  }

  async function failure(container: ContainerPlan) {
    const from = seen.mark();
    engine.perform({ op: 'start', container });
    const failed = await seen.until(`failure of ${container.name}`, startFailed(container.claim), { from });
    return failed.reason;
  }

  async function stop(name: string, graceMs = 0, claim = `${name}|1`) {
    const from = seen.mark();
    engine.perform({ op: 'stop', name, claim, graceMs });
    return seen.until(`end of ${name}`, gone(name), { from });
  }

  async function inventory(recorder = seen, of = engine) {
    const from = recorder.mark();
    of.perform({ op: 'inventory' });
    return (await recorder.until('inventory', isInventory, { from })).containers;
  }

  const collect = async (
    name: string,
    options: Partial<LogOptions> = {},
    most = 1000,
    lines: LogLine[] = [],
  ) => {
    const signal = options.signal ?? new AbortController().signal;
    for await (const line of engine.logs(name, { follow: false, ...options, signal })) {
      lines.push(line);
      if (lines.length === most) break;
    }
    return lines;
  };

  test('comes up once and tells about itself', () => {
    const ups = seen.events.filter(isUp);
    expect(ups).toHaveLength(1);
    expect(seen.events[0]).toBe(ups[0]);
    expect(ups[0]?.info).toMatchObject({ kind, os: 'linux' });
    expect(ups[0]?.info.startId).not.toBe('');
    expect(ups[0]?.info.memoryBytes).toBeGreaterThan(1e8);
    expect(ups[0]?.info.nanoCpus).toBeGreaterThanOrEqual(1e9);
  });

  test('an image that is here needs no registry', async () => {
    engine.perform({ op: 'pull', image: plan('x', '').image });
    await seen.until('pulled', isPulled, { ms: 5_000 });
  });

  test('starts a container with its claim, lists it, and adopts it when asked again', async () => {
    const web = plan('web.1', 'sleep 1000', { env: ['GREETING=hello'], labels: { 'shoal.mesh': 'forged' } });
    const first = await start(web);
    expect(first).toMatchObject({ name: 'web.1', claim: 'web.1|1', state: 'running', health: 'none' });
    expect(await inventory()).toEqual([first]);
    expect((await start(web)).id).toBe(first.id);
    await stop('web.1');
    expect(await inventory()).toEqual([]);
  });

  test('does not take a running container of another claim for the one it was asked for', async () => {
    await start(plan('gen.1', 'sleep 1000'));
    expect(await failure(plan('gen.1', 'sleep 1000', { claim: 'gen.1|2' }))).toMatch(
      /another claim \(gen\.1\|1\)/,
    );
    await stop('gen.1', 0, 'gen.1|2');
    expect(await bed.isRunning('gen.1')).toBe(true);
    await stop('gen.1');
  });

  test('tells exit codes, and starts anew in place of what has ended', async () => {
    const { id } = await start(plan('job.1', 'exit 7'));
    await seen.until('exit', changed('job.1', { state: 'exited', exitCode: 7 }));
    const again = await start(plan('job.1', 'sleep 1000', { claim: 'job.1|2' }));
    expect(again.id).not.toBe(id);
    expect(again).toMatchObject({ claim: 'job.1|2', state: 'running' });
    await stop('job.1', 0, 'job.1|2');
  });

  test('tells of a death from outside', async () => {
    await start(plan('victim.1', 'sleep 1000'));
    await bed.signal('victim.1', 'SIGKILL');
    await seen.until('death', changed('victim.1', { state: 'exited', exitCode: 137 }));
    await stop('victim.1');
  });

  test('passes environment and arguments', async () => {
    const args = { command: ['sh'], args: ['-c', 'echo "$GREETING from $0"', 'here'] };
    await start(plan('env.1', '', { ...args, env: ['GREETING=a=b c'] }));
    await seen.until('exit', changed('env.1', { state: 'exited', exitCode: 0 }));
    expect(await collect('env.1')).toEqual([{ stream: 'stdout', line: 'a=b c from here' }]);
    await stop('env.1');
  });

  test('runs health checks', async () => {
    const healthcheck = {
      Test: ['CMD-SHELL', 'test -f /tmp/ok-$MARK'],
      Interval: 2e8,
      Timeout: 2e9,
      Retries: 1,
    };
    const script = 'trap "rm -f /tmp/ok-$MARK" USR1; touch /tmp/ok-$MARK; while :; do sleep 0.1; done';
    const container = await start(plan('sick.1', script, { healthcheck, env: [`MARK=${process.pid}`] }));
    expect(container.health).toBe('starting');
    await seen.until('healthy', changed('sick.1', { health: 'healthy' }));
    await bed.signal('sick.1', 'SIGUSR1');
    await seen.until('unhealthy', changed('sick.1', { health: 'unhealthy' }));
    await stop('sick.1');
  });

  test('a check that never succeeds makes it unhealthy', async () => {
    const healthcheck = { Test: ['CMD', 'test', '-f', '/nowhere'], Interval: 1e8, Timeout: 2e9, Retries: 2 };
    await start(plan('ill.1', 'sleep 1000', { healthcheck }));
    await seen.until('unhealthy', changed('ill.1', { state: 'running', health: 'unhealthy' }));
    await stop('ill.1');
  });

  test('a stop is gentle first', async () => {
    await start(plan('kind.1', 'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.1; done'));
    const lines = collect('kind.1', { follow: true });
    await eventually('its first line', 5_000, async () => (await collect('kind.1')).length === 1);
    const before = performance.now();
    await stop('kind.1', 8_000);
    expect(performance.now() - before).toBeLessThan(6_000);
    const out = (await lines).filter(({ stream }) => stream === 'stdout').map(({ line }) => line);
    expect(out).toEqual(['ready', 'bye']);
  });

  test('a stop kills what ignores it, with all its children', async () => {
    await start(plan('deaf.1', 'trap "" TERM; echo ready; sleep 1000 & sleep 1001'));
    await eventually('its first line', 5_000, async () => (await collect('deaf.1')).length === 1);
    const before = performance.now();
    await stop('deaf.1', 1_000);
    expect(performance.now() - before).toBeGreaterThan(900);
    expect(await bed.isRunning('deaf.1')).toBe(false);
  });

  test('a stop of what never was is done at once, and a stop overtakes a start', async () => {
    await stop('never.1');
    const from = seen.mark();
    engine.perform({ op: 'start', container: plan('brief.1', 'sleep 1000') });
    engine.perform({ op: 'stop', name: 'brief.1', claim: 'brief.1|1', graceMs: 0 });
    engine.perform({ op: 'stop', name: 'brief.1', claim: 'brief.1|1', graceMs: 0 });
    await seen.until('end', gone('brief.1'), { from });
    expect(await bed.isRunning('brief.1')).toBe(false);
    expect(seen.events.slice(from).filter(gone('brief.1'))).toHaveLength(1);
  });

  test('leaves alone what shoal did not make', async () => {
    await bed.makeForeign('mine');
    expect(await failure(plan('mine', 'sleep 1000'))).toMatch(
      /name mine is taken by a container that is not shoal's/,
    );
    await stop('mine');
    expect(await bed.isRunning('mine')).toBe(true);
    expect(await inventory()).toEqual([]);
    await expect(collect('mine')).rejects.toThrow(/no container mine/);
  });

  test('two agents on one engine do not see each other', async () => {
    await start(plan('shared.1', 'sleep 1000'));
    const other = bed.open('host-2');
    const theirs = record(other);
    expect((await theirs.until('inventory', isInventory)).containers).toEqual([]);
    other.perform({ op: 'start', container: plan('shared.1', 'sleep 1000') });
    const failed = await theirs.until('failure', startFailed('shared.1|1'));
    expect(failed.reason).toMatch(/taken by a container that is not shoal's/);
    other.perform({ op: 'stop', name: 'shared.1', claim: 'shared.1|1', graceMs: 0 });
    await theirs.until('gone', gone('shared.1'));
    expect(await bed.isRunning('shared.1')).toBe(true);
    await bed.signal('shared.1', 'SIGKILL');
    await seen.until('death', changed('shared.1', { state: 'exited' }));
    await inventory(theirs, other);
    expect(theirs.events.filter(({ event }) => event === 'changed')).toEqual([]);
    await other.close();
    await stop('shared.1');
  });

  test('publishes ports, chooses free ones, and says which is taken', async () => {
    const free = { protocol: 'tcp' as const, target: 80, published: 0 };
    const { ports } = await start(plan('port.1', 'echo "port $PORT"; sleep 1000', { ports: [free] }));
    expect(ports).toHaveLength(1);
    expect(ports[0]).toMatchObject({ protocol: 'tcp', target: 80 });
    const published = ports[0]?.published ?? 0;
    expect(published).toBeGreaterThan(1023);
    const reason = await failure(plan('port.2', 'sleep 1000', { ports: [{ ...free, published }] }));
    expect(reason).toMatch(new RegExp(`^port ${published}/tcp is already taken on this host`));
    expect((await inventory()).map(({ name }) => name)).toEqual(['port.1']);
    if (kind === 'process') {
      await eventually(
        'its output',
        5_000,
        async () => (await collect('port.1'))[0]?.line === `port ${published}`,
      );
    }
    await stop('port.1');
    const again = await start(plan('port.2', 'sleep 1000', { ports: [{ ...free, published }] }));
    expect(again.ports).toEqual([{ ...free, published }]);
    await stop('port.2');
  });

  test('what cannot start fails with its reason and leaves nothing', async () => {
    expect(await failure(plan('bad.1', '', { command: ['no-such-program'] }))).toMatch(/no-such-program/);
    expect(await failure(plan('../bad', 'true'))).toMatch(/no container name/);
    if (kind === 'process') {
      expect(await failure(plan('bad.2', '', { command: undefined }))).toMatch(/runs commands, not images/);
    } else {
      expect(await failure(plan('bad.2', 'true', { image: 'not/here:1' }))).toMatch(
        /No such image: not\/here:1/,
      );
    }
    expect(await inventory()).toEqual([]);
  });

  test('logs: streams, tail, since, follow', async () => {
    const early = 'for i in 1 2 3 4 5; do echo "out $i"; done; echo err >&2';
    const pause = 'while [ -z "$go" ]; do sleep 0.05; done 2>/dev/null; sleep 0.1';
    await start(plan('log.1', `trap go=1 USR1; ${early}; ${pause}; echo late; printf rest; sleep 0.2`));
    const all: LogLine[] = [];
    const followed = collect('log.1', { follow: true }, 1000, all);
    await eventually('its first lines', 5_000, () => all.length === 6);
    const sinceMs = Date.now() + 1;
    await bed.signal('log.1', 'SIGUSR1');
    await seen.until('exit', changed('log.1', { state: 'exited' }));
    await followed;
    const complete = [...[1, 2, 3, 4, 5].map((i) => `out ${i}`), 'late'];
    // engines differ in whether a follower gets a last line without an end
    const out = all
      .filter(({ stream, line }) => stream === 'stdout' && line !== 'rest')
      .map(({ line }) => line);
    expect(out).toEqual(complete);
    expect(all.filter(({ stream }) => stream === 'stderr')).toEqual([{ stream: 'stderr', line: 'err' }]);
    expect((await collect('log.1', { tail: 2 })).map(({ line }) => line)).toEqual(['late', 'rest']);
    expect(await collect('log.1', { tail: 0 })).toEqual([]);
    expect((await collect('log.1', { sinceMs })).map(({ line }) => line)).toEqual(['late', 'rest']);
    await stop('log.1');
    await expect(collect('log.1')).rejects.toThrow(/no container log\.1/);
  });

  test('a follower that is told to stop, stops', async () => {
    await start(plan('tail.1', 'while :; do echo tick; sleep 0.1; done'));
    expect(await collect('tail.1', { follow: true }, 3)).toHaveLength(3);
    const abort = new AbortController();
    let lines = 0;
    for await (const _ of engine.logs('tail.1', { follow: true, signal: abort.signal })) {
      lines += 1;
      if (lines === 5) abort.abort();
    }
    expect(lines).toBeGreaterThanOrEqual(5);
    await stop('tail.1');
  });

  test('an agent that ends touches nothing, and the next one adopts', async () => {
    const first = bed.open('host-3');
    const before = record(first);
    await before.until('inventory', isInventory);
    const healthcheck = { Test: ['CMD', 'true'], Interval: 1e8, Timeout: 2e9 };
    for (const container of [
      plan('stay.1', 'echo one; while [ ! -f go ]; do sleep 0.1; done; echo two; sleep 1000', {
        healthcheck,
      }),
      plan('leave.1', 'sleep 1; exit 5'),
      plan('die.1', 'sleep 1000'),
    ]) {
      first.perform({ op: 'start', container });
      await before.until('start', started(container.name));
    }
    await before.until('healthy', changed('stay.1', { health: 'healthy' }));
    await first.close();
    await bed.signal('die.1', 'SIGKILL');
    await eventually('its end', 5_000, async () => !(await bed.isRunning('leave.1')));
    expect(await bed.isRunning('stay.1')).toBe(true);

    const second = bed.open('host-3');
    const after = record(second);
    const { containers } = await after.until('inventory', isInventory);
    const found = (name: string) => containers.find((container) => container.name === name);
    expect(found('stay.1')).toMatchObject({ state: 'running', health: 'healthy', claim: 'stay.1|1' });
    expect(found('leave.1')).toMatchObject({ state: 'exited', exitCode: 5 });
    expect(found('die.1')).toMatchObject({ state: 'exited', exitCode: 137 });
    expect(after.events.find(isUp)?.info.startId).toBe(before.events.find(isUp)?.info.startId);

    second.perform({ op: 'start', container: plan('stay.1', 'never run') });
    await after.until('adoption', started('stay.1'));
    await bed.signal('stay.1', 'SIGKILL');
    await after.until('death', changed('stay.1', { state: 'exited', exitCode: 137 }));
    for (const name of ['stay.1', 'leave.1', 'die.1']) {
      second.perform({ op: 'stop', name, claim: `${name}|1`, graceMs: 0 });
      await after.until('end', gone(name));
    }
    await second.close();
  });

  test('tells the use of the host', async () => {
    const { cpuMille, memoryMille } = await engine.usage();
    expect(cpuMille).toBeGreaterThanOrEqual(0);
    expect(cpuMille).toBeLessThanOrEqual(1000);
    expect(memoryMille).toBeGreaterThan(0);
    expect(memoryMille).toBeLessThan(1000);
  });
});
