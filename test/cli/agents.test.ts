/** The command line against real agents, a process each, with the process engine: what becomes of them, and of what they run. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { createClient } from '../../cli/client.ts';
import { freePorts } from '../../cli/demo/ports.ts';
import { type Ran, shoal } from './run.ts';

const START_MS = 20_000;
const TEST_MS = 90_000;
/** longer than a host may take to be reached for a log */
const FOLLOW_MS = 3_500;

const LAUNCHER = join(import.meta.dirname, '..', '..', 'cli', 'shoal');
const temporary = mkdtempSync(join(tmpdir(), 'shoal-agents-'));
const running = new Set<ChildProcess>();

interface Host {
  name: string;
  dir: string;
  socket: string;
  port: number;
}

const createHost = async (name: string): Promise<Host> => {
  const dir = join(temporary, name);
  mkdirSync(dir);
  const [port = 0] = await freePorts(1);
  return { name, dir, socket: join(dir, 's.sock'), port };
};

/** Without the caller's own settings; the socket is named as `where` says. */
const spawnAgent = (host: Host, where: string[]): ChildProcess => {
  const flags = {
    name: host.name,
    engine: 'process:',
    'data-dir': join(host.dir, 'data'),
    'run-dir': join(host.dir, 'run'),
    listen: `127.0.0.1:${host.port}`,
    http: 'none',
    dns: 'none',
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SHOAL_')));
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  const child = spawn(LAUNCHER, ['agent', ...args, ...where], { env, stdio });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
};

const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
  const end = performance.now() + START_MS;
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > end) throw new Error(`not within ${START_MS} ms: ${what}`);
    await sleep(50);
  }
};

const startAgent = async (host: Host, where = ['--socket', host.socket]): Promise<ChildProcess> => {
  const child = spawnAgent(host, where);
  const answers = async (): Promise<boolean> => !!(await createClient(host.socket).call('GET /ping', {}));
  await until(`${host.name} answers`, answers);
  return child;
};

const endAgent = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
};

const on = (host: Host, ...args: string[]): Promise<Ran> => shoal(args, { socket: host.socket });

const inviteOf = async (host: Host): Promise<string> => (await on(host, 'invite')).out.trim();

const deploy = (host: Host, name: string, mode: string, script: string): Promise<Ran> => {
  const file = join(host.dir, `${name}.yml`);
  const command = JSON.stringify(['sh', '-c', script]);
  writeFileSync(
    file,
    `services:\n  ${name}:\n    image: x\n    command: ${command}\n    deploy: {mode: ${mode}}\n`,
  );
  return on(host, 'deploy', '-f', file, 'test');
};

const processesWith = (word: string): string[] =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(word) && line.includes('sh -c'));

afterAll(async () => {
  for (const child of running) await endAgent(child, 'SIGTERM');
  rmSync(temporary, { recursive: true, force: true });
}, TEST_MS);

it('a file that is no socket is refused, and kept', { timeout: TEST_MS }, async () => {
  const host = await createHost('file');
  writeFileSync(host.socket, 'precious');
  const child = spawnAgent(host, ['--socket', host.socket]);
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(1);
  expect(said).toMatch(
    /^shoal agent: --socket .*s\.sock: a file that is no socket is there; give another path\n$/,
  );
  expect(readFileSync(host.socket, 'utf8')).toBe('precious');
});

it('the socket of a configuration file counts', { timeout: TEST_MS }, async () => {
  const host = await createHost('file-config');
  const file = join(host.dir, 'agent.yml');
  writeFileSync(file, `socket: ${host.socket}\n`);
  await endAgent(await startAgent(host, ['--config', file]), 'SIGTERM');
});

it('leave ends what the host runs, and nothing starts it again', { timeout: TEST_MS }, async () => {
  const host = await createHost('alone');
  const child = await startAgent(host);
  expect(await on(host, 'init')).toMatchObject({ code: 0 });
  const word = `leave-${process.pid}`;
  expect(
    await deploy(host, 'web', 'global', `: ${word}; trap '' TERM; while :; do sleep 0.2; done`),
  ).toMatchObject({
    code: 0,
  });
  expect(processesWith(word)).not.toEqual([]);
  expect(await on(host, 'leave')).toMatchObject({ code: 0, err: '' });
  expect(processesWith(word)).toEqual([]);
  await endAgent(child, 'SIGTERM');
});

it('two hosts: joins that fail, a log that is followed, a name that is taken again', {
  timeout: TEST_MS,
}, async () => {
  const [first, second] = [await createHost('first'), await createHost('second')];
  const inviter = await startAgent(first);
  expect(await on(first, 'init')).toMatchObject({ code: 0 });
  const invite = await inviteOf(first);

  // the inviter answers no more, and the joiner dies of impatience
  inviter.kill('SIGSTOP');
  const joiner = await startAgent(second);
  const cut = on(second, 'join', invite);
  await sleep(1_500);
  await endAgent(joiner, 'SIGKILL');
  expect(await cut).toMatchObject({ code: 1 });
  inviter.kill('SIGCONT');
  await startAgent(second);
  expect((await on(second, 'hosts')).err).toContain('not a member of a mesh yet');
  expect(await on(second, 'join', invite)).toMatchObject({ code: 0 });

  expect(await deploy(first, 'clock', 'global', 'while :; do echo tick; sleep 0.2; done')).toMatchObject({
    code: 0,
  });
  const started = performance.now();
  let last = 0;
  for await (const { host, stream, line } of createClient(first.socket).logs({
    params: { service: 'test_clock' },
    query: { follow: true, tail: 1 },
  })) {
    expect({ stream, line }).toEqual({ stream: 'stdout', line: 'tick' });
    if (host === 'second') last = performance.now() - started;
    if (performance.now() - started > FOLLOW_MS) break;
  }
  expect(last).toBeGreaterThan(FOLLOW_MS - 1_000);

  expect(await on(second, 'leave')).toMatchObject({ code: 0 });
  expect(await on(second, 'join', invite)).toMatchObject({ code: 0 });
  await until('the name means the new life', async () => {
    const { out } = await on(first, 'host', 'inspect', 'second');
    return out.includes('state: alive');
  });
  expect(await on(first, 'rm', '--stack', 'test')).toMatchObject({ code: 0 });
  await until('nothing runs', async () => (await on(first, 'ps', '--json')).out.includes('"data":[]'));
});
