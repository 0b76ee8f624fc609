import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Engine, openEngine } from '../../agent/engine/engine.ts';
import type { ContainerPlan } from '../../protocol/engine.ts';
import { HOST, MESH, plan, QUICK } from './beds.ts';
import { eventually } from './dockerd.ts';
import {
  changed,
  gone,
  isDown,
  isInventory,
  isUp,
  type Recorder,
  record,
  started,
  startFailed,
} from './record.ts';

vi.setConfig({ testTimeout: 20_000 });

let dir: string;
let engine: Engine;
let seen: Recorder;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'shoal-survival-'));
});

afterEach(async () => {
  for (const { name, claim } of seen.events.filter(isInventory).at(-1)?.containers ?? [])
    await stop(name, claim);
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

async function connect() {
  engine = openEngine(`process:${dir}`, { mesh: () => MESH, host: HOST }, { timing: QUICK });
  seen = record(engine);
  return (await seen.until('inventory', isInventory)).containers;
}

async function start(container: ContainerPlan) {
  engine.perform({ op: 'start', container });
  return (await seen.until('start', started(container.name))).container;
}

async function stop(name: string, claim = `${name}|1`) {
  engine.perform({ op: 'stop', name, claim, graceMs: 0 });
  await seen.until('end', gone(name));
}

/** An agent starts the container and is killed without a chance to say good-bye. */
async function startAndKillAgent(container: ContainerPlan): Promise<void> {
  const args = [join(import.meta.dirname, 'agent-to-kill.ts'), `process:${dir}`, JSON.stringify(container)];
  const agent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => agent.stdout.once('data', resolve));
  const dead = new Promise((resolve) => agent.once('exit', resolve));
  agent.kill('SIGKILL');
  await dead;
}

async function lines(name: string): Promise<string[]> {
  const found: string[] = [];
  const signal = new AbortController().signal;
  for await (const { line } of engine.logs(name, { follow: false, signal })) found.push(line);
  return found;
}

const stateOf = (name: string) => JSON.parse(readFileSync(join(dir, name, 'state.json'), 'utf8'));

/** Also false for one that has ended and was not collected yet. */
const isAlive = (pid: number): boolean => {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) && readFileSync(file, 'utf8') !== '';
};

test('an orphan goes on, is adopted with its output, and tells its exit code', async () => {
  const script = 'echo first; while [ ! -f go ]; do sleep 0.05; done; echo second; exit 9';
  await startAndKillAgent(plan('orphan.1', script));
  expect(await connect()).toMatchObject([{ name: 'orphan.1', claim: 'orphan.1|1', state: 'running' }]);
  writeFileSync(join(dir, 'orphan.1', 'work', 'go'), '');
  await seen.until('exit', changed('orphan.1', { state: 'exited', exitCode: 9 }));
  expect(await lines('orphan.1')).toEqual(['first', 'second']);
});

test('an orphan that ends while there is no agent still tells its exit code', async () => {
  await startAndKillAgent(plan('orphan.2', 'exit 6'));
  await eventually('its end', 5_000, () => !isAlive(stateOf('orphan.2').pid));
  expect(await connect()).toMatchObject([{ name: 'orphan.2', state: 'exited', exitCode: 6 }]);
});

test('an agent that died before it noted the process number finds it all the same', async () => {
  await startAndKillAgent(plan('orphan.3', 'sleep 1000'));
  const { pid, ...rest } = stateOf('orphan.3');
  writeFileSync(join(dir, 'orphan.3', 'state.json'), JSON.stringify(rest));
  expect(await connect()).toMatchObject([{ name: 'orphan.3', state: 'running' }]);
  await stop('orphan.3');
  expect(isAlive(pid)).toBe(false);
});

test('another process that got the same number is neither adopted nor touched', async () => {
  await startAndKillAgent(plan('orphan.4', 'sleep 1000'));
  const stored = stateOf('orphan.4');
  process.kill(-stored.pid, 'SIGKILL');
  const bystander = spawn('sleep', ['1000'], { detached: true });
  writeFileSync(join(dir, 'orphan.4', 'state.json'), JSON.stringify({ ...stored, pid: bystander.pid }));
  expect(await connect()).toMatchObject([{ name: 'orphan.4', state: 'exited', exitCode: 137 }]);
  await stop('orphan.4');
  expect(isAlive(bystander.pid ?? 0)).toBe(true);
  bystander.kill();
});

test('what the main process leaves behind ends with it', async () => {
  await connect();
  await start(plan('leaver.1', 'sleep 1000 & echo $! > child; exit 0'));
  await seen.until('exit', changed('leaver.1', { state: 'exited', exitCode: 0 }));
  const child = Number(readFileSync(join(dir, 'leaver.1', 'work', 'child'), 'utf8'));
  await eventually('its child to end', 2_000, () => !isAlive(child));
});

test('the start id stays as long as the folder and the boot do', async () => {
  await connect();
  const first = seen.events.find(isUp)?.info.startId;
  await engine.close();
  await connect();
  expect(seen.events.find(isUp)?.info.startId).toBe(first);
  await engine.close();
  rmSync(dir, { recursive: true });
  await connect();
  expect(seen.events.find(isUp)?.info.startId).not.toBe(first);
});

test('a folder that cannot be used is an outage until it can', async () => {
  const blocked = join(dir, 'file');
  writeFileSync(blocked, '');
  engine = openEngine(`process:${blocked}`, { mesh: () => MESH, host: HOST }, { timing: QUICK });
  seen = record(engine);
  expect((await seen.until('down', isDown)).reason).toMatch(/^folder .*file cannot be used: .*EEXIST/);
  rmSync(blocked);
  await seen.until('inventory', isInventory);
  expect(seen.events.map(({ event }) => event)).toEqual(['down', 'up', 'inventory']);
});

test('broken state is nobody’s and may be replaced', async () => {
  await startAndKillAgent(plan('torn.1', 'sleep 1000'));
  process.kill(-stateOf('torn.1').pid, 'SIGKILL');
  writeFileSync(join(dir, 'torn.1', 'state.json'), '{"name":');
  expect(await connect()).toEqual([]);
  expect(await start(plan('torn.1', 'sleep 1000'))).toMatchObject({ state: 'running' });
  await stop('torn.1');
});

test('tells the process where to listen, and keeps a published number for one only', async () => {
  await connect();
  const ports = [
    { protocol: 'tcp' as const, target: 80, published: 0 },
    { protocol: 'udp' as const, target: 53, published: 0 },
  ];
  const container = await start(plan('ports.1', 'echo $PORT $PORT_80 $PORT_53; sleep 1000', { ports }));
  const [tcp, udp] = container.ports.map(({ published }) => published);
  await eventually('its output', 5_000, async () => (await lines('ports.1'))[0] === `${tcp} ${tcp} ${udp}`);
  // nobody listens yet, and still the number is taken
  engine.perform({ op: 'start', container: plan('ports.2', 'sleep 1000', { ports: container.ports }) });
  expect((await seen.until('failure', startFailed('ports.2|1'))).reason).toBe(
    `port ${tcp}/tcp is already taken on this host`,
  );
  await stop('ports.1');
});

test('a probe that hangs is a failure and is killed', async () => {
  await connect();
  const healthcheck = {
    Test: ['CMD-SHELL', 'echo $$ > probe; sleep 1000'],
    Interval: 1e8,
    Timeout: 3e8,
    Retries: 1,
  };
  await start(plan('slow.1', 'sleep 1000', { healthcheck }));
  await seen.until('unhealthy', changed('slow.1', { health: 'unhealthy' }));
  const probe = Number(readFileSync(join(dir, 'slow.1', 'work', 'probe'), 'utf8'));
  await stop('slow.1');
  await eventually('the probe to end', 2_000, () => !isAlive(probe));
});

test('much output keeps its order through the cuts of the log', async () => {
  await connect();
  const pad = 'x'.repeat(200);
  await start(plan('chatty.1', `i=0; while [ $i -lt 60000 ]; do i=$((i+1)); echo "$i ${pad}"; done`));
  await seen.until('exit', changed('chatty.1', { state: 'exited', exitCode: 0 }));
  const found = (await lines('chatty.1')).map((line) => Number.parseInt(line, 10));
  expect(found.at(-1)).toBe(60_000);
  expect(existsSync(join(dir, 'chatty.1', 'log.1'))).toBe(true);
  // what is kept has no holes, whatever was dropped at the old end
  expect(found).toEqual(found.map((_, index) => (found[0] ?? 0) + index));
  await stop('chatty.1');
});
