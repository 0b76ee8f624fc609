/** `shoal deploy`: what is sent, how long it waits, what it prints, how it exits. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeployResult, TaskState } from '../../protocol/api.ts';
import type { ServiceSpec } from '../../protocol/spec.ts';
import {
  type Answers,
  type FakeAgent,
  refuse,
  service,
  startFakeAgent,
  task,
  WRITTEN,
} from './fake-agent.ts';
import { shoal } from './run.ts';

const FILE = `services:
  web:
    image: busybox
    deploy: {replicas: 2}
`;

const result = (over: Partial<DeployResult> = {}): DeployResult => ({
  service: 'shop_web',
  id: 's1',
  result: 'created',
  changed: ['TaskTemplate', 'Mode'],
  ...over,
});

const STACK = { 'POST /deploy': () => [result()] } satisfies Answers;

/** Looks of the agent, one per poll; the last one stays. */
const looks = (...states: TaskState[][]): Answers => {
  let look = 0;
  const now = (): TaskState[] => states[Math.min(look, states.length - 1)] ?? [];
  return {
    ...STACK,
    'GET /services': () => [service({ running: now().filter((state) => state === 'running').length })],
    'GET /tasks': () => {
      const tasks = now().map((state, index) =>
        task({ name: `shop_web.${index + 1}`, state, message: state === 'running' ? null : `why ${state}` }),
      );
      look++;
      return tasks;
    },
  };
};

let agent: FakeAgent;
let cwd: string;
beforeEach(async () => {
  agent = await startFakeAgent();
  agent.kept = { others: 1, of: 1 };
  cwd = join(mkdtempSync(join(tmpdir(), 'shoal-deploy-')), 'shop');
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'compose.yaml'), FILE);
});
afterEach(async () => {
  await agent.close();
  rmSync(join(cwd, '..'), { recursive: true });
});

const deploy = (...args: string[]) => shoal(['deploy', ...args], { socket: agent.socket, cwd });
const sent = () =>
  agent.asked.find(({ path }) => path === '/deploy')?.body as { stack: string; services: ServiceSpec[] };

describe('waiting', () => {
  it('ends when all tasks run', async () => {
    agent.answers = looks(['pulling', 'pending'], ['running', 'starting'], ['running', 'running']);
    const { code, out, err } = await deploy();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(
      'SERVICE   RESULT   CHANGED\nshop_web  created  TaskTemplate, Mode\nkept here and on 1 of 1 neighbour\n',
    );
    expect(out).toMatch(/all 2 tasks run\n$/);
    expect(sent()).toMatchObject({ stack: 'shop', services: [{ Name: 'shop_web' }] });
  });

  it('looks twice after a change, since old tasks run for a moment longer', async () => {
    agent.answers = looks(['running', 'running'], ['running', 'pulling'], ['running', 'running']);
    expect((await deploy()).code).toBe(0);
    expect(agent.asked.filter(({ path }) => path === '/tasks').length).toBeGreaterThan(3);
  });

  it('is over at once when nothing changed', async () => {
    agent.answers = {
      ...looks(['running', 'running']),
      'POST /deploy': () => [result({ result: 'unchanged', changed: [] })],
    };
    const { code, out } = await deploy();
    expect(code).toBe(0);
    expect(out).toContain('shop_web  unchanged  -\n');
    expect(agent.asked.filter(({ path }) => path === '/tasks')).toHaveLength(1);
  });

  it('gives up after --timeout, with the reason of each task that does not run', async () => {
    agent.answers = looks(['running', 'pending']);
    const { code, out, err } = await deploy('--timeout', '300ms');
    expect(code).toBe(1);
    expect(out).toMatch(/shop_web\.2 +alpha +pending .* why pending\n/);
    expect(out).not.toMatch(/shop_web\.1 /);
    expect(err).toMatch(
      /^shoal: not everything runs after 0\.\d s: shop_web: 1 of 2 run\n`shoal why shop_web\.2` says more/,
    );
  });

  it('gives up at once when a task that never restarts has failed', async () => {
    writeFileSync(join(cwd, 'compose.yaml'), `${FILE}    restart: "no"\n`);
    agent.answers = looks(['failed', 'running']);
    const { code, out } = await deploy();
    expect(code).toBe(1);
    expect(out).toContain('why failed');
  });

  it('counts tasks that have finished, and does not wait for old ones to stop', async () => {
    agent.answers = {
      ...looks(['finished', 'stopping']),
      'GET /services': () => [service({ running: 1, desired: 1 })],
    };
    expect((await deploy()).code).toBe(0);
  });

  it('survives an agent that is away for a moment', async () => {
    const answers = looks(['running', 'running']);
    let away = 1;
    agent.answers = {
      ...answers,
      'GET /services': (asked, response) => {
        if (away-- > 0) {
          response.destroy();
          return WRITTEN;
        }
        return answers['GET /services']?.(asked, response);
      },
    };
    expect((await deploy()).code).toBe(0);
  });

  it('does not happen with --detach', async () => {
    agent.answers = STACK;
    const { code, out } = await deploy('--detach');
    expect(code).toBe(0);
    expect(out).not.toContain('tasks run');
    expect(agent.asked.map(({ path }) => path)).toEqual(['/deploy']);
  });

  it('is shown on a terminal, and drawn over', async () => {
    agent.answers = looks(['running', 'starting'], ['running', 'running']);
    const { err } = await shoal(['deploy'], { socket: agent.socket, cwd, isTerminal: true });
    expect(err).toBe('shop_web: 1 of 2 run\n\x1b[1A\x1b[2Kshop_web: 2 of 2 run\n\x1b[1A\x1b[2K');
  });
});

describe('--json', () => {
  it('is the envelope, whether all runs, and the tasks that do not', async () => {
    agent.answers = looks(['running', 'pending']);
    const { code, out } = await deploy('--json', '--timeout', '100ms');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      data: [{ service: 'shop_web', result: 'created' }],
      kept: { others: 1, of: 1 },
      freshness: { host: 'alpha' },
      converged: false,
      tasks: [{ name: 'shop_web.2', state: 'pending' }],
    });
  });
});

describe('files', () => {
  beforeEach(() => {
    agent.answers = STACK;
  });

  it('may be several, and the stack may be named', async () => {
    writeFileSync(join(cwd, 'over.yaml'), 'services: {web: {image: other}}');
    await deploy('-f', 'compose.yaml', '-f', 'over.yaml', 'mine', '-d');
    expect(sent().stack).toBe('mine');
    expect(sent().services[0]).toMatchObject({
      Name: 'mine_web',
      Mode: { Replicated: { Replicas: 2 } },
      TaskTemplate: { ContainerSpec: { Image: 'other:latest' } },
    });
  });

  it('with mistakes are not deployed at all, and every mistake is said', async () => {
    writeFileSync(join(cwd, 'compose.yaml'), 'services:\n  web:\n    image: 5\n    volumes: [a:/b]\n');
    const { code, out, err } = await deploy();
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.split('\n').slice(0, 2)).toEqual([
      'shoal: nothing is deployed: 2 mistakes in compose files',
      'compose.yaml:3:12: services.web.image: expected text, found 5; write "5"',
    ]);
    expect(err).toContain('compose.yaml:4:5: services.web.volumes: not supported yet; ');
    expect(agent.asked).toEqual([]);
  });

  it('that are not there are named', async () => {
    const { code, err } = await deploy('-f', 'nowhere.yaml');
    expect(code).toBe(1);
    expect(err).toContain('nowhere.yaml:1:1: no such file');
  });

  it('with keys that have no effect are deployed, and it is said', async () => {
    writeFileSync(join(cwd, 'compose.yaml'), `version: "3"\n${FILE}`);
    const { code, err } = await deploy('-d');
    expect(code).toBe(0);
    expect(err).toBe(
      'note: compose.yaml:1: version: no effect here: every version of the format is read the same way\n',
    );
  });

  it('are judged by the agent too', async () => {
    agent.answers = { 'POST /deploy': () => refuse('BAD_SPEC', 'service shop_web: no such network') };
    const { code, err } = await deploy();
    expect({ code, err }).toEqual({ code: 1, err: 'shoal: service shop_web: no such network\n' });
  });
});
