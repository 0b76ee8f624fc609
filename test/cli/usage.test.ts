/** Wrong command lines, and agents that are absent, slow or something else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/commands/index.ts';
import { type FakeAgent, SILENCE, startFakeAgent, WRITTEN } from './fake-agent.ts';
import { shoal } from './run.ts';

describe('wrong usage exits with 2', () => {
  const cases: [string[], string][] = [
    [['depoy'], "shoal: there is no command 'depoy'; did you mean 'deploy'?"],
    [['frobnicate'], "shoal: there is no command 'frobnicate'; `shoal --help` lists them"],
    [['host', 'drian', 'a'], 'drain'],
    [['ps', '--jsno'], '--json'],
    [['scale', 'web'], "'web' is no SERVICE=NUMBER, such as web=3"],
    [['scale', 'web=-1'], "'web=-1' is no SERVICE=NUMBER"],
    [['scale'], "missing required argument 'targets'"],
    [['rm'], 'expected the services to remove'],
    [['rm', 'a', '--stack', 'b'], 'not both'],
    [['logs', 'a', '--since', 'yesterday'], 'Expected a duration'],
    [['logs', 'a', '--tail', 'x'], 'Expected a whole number'],
    [['invite', '--role', 'king'], 'operator, worker'],
    [['host', 'label', 'a'], 'expected KEY=VALUE'],
    [['host', 'label', 'a', 'b'], "'b' is no label"],
    [['ps', 'a', 'b'], 'too many arguments'],
    [['deploy'], 'there is no compose.yaml'],
    [['deploy', '-f', 'x.yaml', 'tasks'], "the stack's name 'tasks' is reserved"],
    [['--socket'], 'argument missing'],
    [[], 'Usage: shoal'],
  ];
  it.each(cases)('%j', async (args, text) => {
    const { code, out, err } = await shoal(args, { socket: '/nowhere/agent.sock' });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(text);
  });
});

describe('help', () => {
  it('lists every command on standard output', async () => {
    const { code, out } = await shoal(['--help']);
    expect(code).toBe(0);
    for (const [name, { summary }] of Object.entries(COMMANDS))
      expect(out).toMatch(new RegExp(`^  ${name} .*${summary}`, 'm'));
  });

  it.each(Object.keys(COMMANDS).filter((name) => name !== 'agent'))('%s has its own', async (name) => {
    const { code, out } = await shoal([name, '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: shoal ${name}`);
    expect((await shoal(['help', name])).out).toBe(out);
  });
});

describe('without an agent', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-cli-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('says in one line how to start one', async () => {
    const { code, out, err } = await shoal(['ps', '--socket', '/nowhere/agent.sock']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toBe(
      'shoal: no agent answers at /nowhere/agent.sock: there is no such socket; ' +
        'start one with `shoal agent`, or name its socket by --socket PATH or SHOAL_SOCKET\n',
    );
  });

  it('uses the usual path when none is named', async () => {
    const { err } = await shoal(['version'], { env: {} });
    expect(err).toBe('');
    expect((await shoal(['version'])).out).toContain('/run/shoal/shoal.sock');
  });

  it('tells a file that is no socket', async () => {
    writeFileSync(join(folder, 'file'), '');
    const { code, err } = await shoal(['ps'], { socket: join(folder, 'file') });
    expect(code).toBe(1);
    expect(err).toMatch(/nobody listens there|it is no socket/);
  });

  it('tells something else that answers', async () => {
    const server = createServer((_, response) => response.writeHead(404).end('{"message":"page not found"}'));
    const socket = join(folder, 'docker.sock');
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    const { code, err } = await shoal(['ps'], { socket });
    server.close();
    expect(code).toBe(1);
    expect(err).toContain('is no shoal agent');
  });

  it('version needs none', async () => {
    const { code, out } = await shoal(['version', '--json'], { socket: join(folder, 'none') });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      data: { version: expect.stringMatching(/^\d+\.\d+\.\d+/), agent: null },
    });
  });
});

describe('a slow agent', () => {
  let agent: FakeAgent;
  beforeEach(async () => {
    agent = await startFakeAgent({
      'GET /hosts': () => SILENCE,
      'GET /tasks': (_, response) => {
        response.writeHead(200);
        response.write('{"data":[');
        return WRITTEN;
      },
      'GET /services/:service/logs': (_, response) => {
        response.writeHead(200);
        response.write('{"task":"a.1","host":"b","stream":"stdout","line":"first"}\n');
        return WRITTEN;
      },
    });
  });
  afterEach(() => agent.close());

  it('never holds a command longer than 5 s, whether silent or stuck in the middle', {
    timeout: 10_000,
  }, async () => {
    const start = performance.now();
    const runs = [['hosts'], ['ps'], ['logs', 'a']].map((args) => shoal(args, { socket: agent.socket }));
    const [hosts, ps, logs] = await Promise.all(runs);
    expect(performance.now() - start).toBeLessThan(6_500);
    expect([hosts, ps, logs].map((ran) => ran?.code)).toEqual([1, 1, 1]);
    expect(hosts?.err).toBe(`shoal: the agent at ${agent.socket} did not answer GET /hosts within 5 s\n`);
    expect(logs?.out).toBe('a.1@b | first\n');
  });
});
