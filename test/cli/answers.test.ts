/** What commands print and how they exit, when the agent answers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FakeAgent,
  freshness,
  host,
  refuse,
  service,
  startFakeAgent,
  task,
  WRITTEN,
} from './fake-agent.ts';
import { shoal } from './run.ts';

let agent: FakeAgent;
beforeEach(async () => {
  agent = await startFakeAgent();
});
afterEach(() => agent.close());

const ask = (...args: string[]) => shoal(args, { socket: agent.socket });

const FRESH =
  'answered by alpha; news of 1 other host, at most 0.8 s old; no answer from gamma (failed, heard 12 s ago)';

describe('lists', () => {
  it('prints a table and, under it, how fresh it is and who did not answer', async () => {
    agent.answers['GET /services'] = () => [
      service(),
      service({ name: 'db', stack: null, running: 0, desired: 1 }),
    ];
    const { code, out, err } = await ask('services');
    expect(out.split('\n')).toEqual([
      'NAME      STACK  MODE        RUNNING  IMAGE           PORTS         REMARK',
      'shop_web  shop   replicated  2/2      busybox:latest  8080->80/tcp  -',
      'db        -      replicated  0/1      busybox:latest  8080->80/tcp  -',
      FRESH,
      '',
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it('prints the envelope as it came with --json, before or after the command', async () => {
    agent.answers['GET /tasks'] = () => [task()];
    const envelope = { data: [task()], freshness: freshness() };
    expect(JSON.parse((await ask('--json', 'ps')).out)).toEqual(envelope);
    expect(JSON.parse((await ask('ps', '--json')).out)).toEqual(envelope);
  });

  it('colours on a terminal only, and not where NO_COLOR is set', async () => {
    agent.answers['GET /hosts'] = () => [host()];
    const on = { socket: agent.socket, isTerminal: true };
    expect((await shoal(['hosts'], on)).out).toContain('\x1b[2manswered by alpha');
    expect((await shoal(['hosts'], { ...on, env: { NO_COLOR: '1' } })).out).not.toContain('\x1b');
    expect((await ask('hosts')).out).not.toContain('\x1b');
  });

  it("prints the agent's own troubles on standard error", async () => {
    agent.answers['GET /hosts'] = () => [host()];
    agent.freshness = freshness({ silent: [], hosts: [], warnings: ['the engine does not answer'] });
    const { out, err } = await ask('hosts');
    expect(err).toBe('warning: the engine does not answer\n');
    expect(out).toMatch(/\nanswered by alpha\n$/);
  });

  it('keeps control characters of foreign texts off the terminal', async () => {
    agent.answers['GET /tasks'] = () => [task({ state: 'failed', message: 'bad\x1b[2J\nnews' })];
    expect((await ask('ps')).out).toContain('bad [2J news');
  });

  it('counts stacks from their services', async () => {
    agent.answers['GET /services'] = () => [
      service(),
      service({ name: 'shop_db', running: 0 }),
      service({ stack: null }),
    ];
    expect((await ask('stacks')).out).toContain('shop  2         2/4');
  });

  it('asks for ended tasks with -a', async () => {
    agent.answers['GET /tasks'] = () => [task()];
    await ask('ps', '-a', 'shop_web');
    expect(agent.asked[0]).toMatchObject({ path: '/tasks', query: { service: 'shop_web', all: 'true' } });
  });
});

describe('changes', () => {
  it('says where a change was kept', async () => {
    agent.kept = { others: 3, of: 4 };
    agent.answers['POST /services/:service/scale'] = () => service({ desired: 5 });
    const { code, out } = await ask('scale', 'shop_web=5');
    expect(out).toBe(`shop_web shall run 5\nkept here and on 3 of 4 neighbours\n${FRESH}\n`);
    expect(code).toBe(0);
    expect(agent.asked[0]).toMatchObject({ path: '/services/shop_web/scale', body: { replicas: 5 } });
  });

  it('says so when no neighbour is alive to keep it', async () => {
    agent.kept = { others: 0, of: 0 };
    agent.answers['DELETE /stacks/:stack'] = () => ({ removed: ['shop_web', 'shop_db'] });
    const { out } = await ask('rm', '--stack', 'shop');
    expect(out).toContain('removed shop_web, shop_db\nkept here alone');
  });

  it('tells what was removed before a failure', async () => {
    agent.answers['DELETE /services/:service'] = ({ path }) =>
      path.endsWith('/a') ? { removed: ['a'] } : refuse('READ_ONLY', 'the disk is full');
    const { code, out, err } = await ask('rm', 'a', 'b');
    expect({ code, out, err }).toEqual({ code: 1, out: '', err: 'removed a\nshoal: the disk is full\n' });
  });

  it('sets and removes labels of a host', async () => {
    agent.answers['POST /hosts/:host/labels'] = () => host({ labels: { zone: 'b' } });
    const { out } = await ask('host', 'label', 'alpha', 'zone=b', '--rm', 'disk', '--rm', 'old');
    expect(agent.asked[0]?.body).toEqual({ set: { zone: 'b' }, remove: ['disk', 'old'] });
    expect(out).toContain('labels of alpha: zone=b\n');
  });

  it('prints the invite alone on standard output', async () => {
    agent.answers['POST /invite'] = () => ({ invite: 'SHOAL1-xyz' });
    const { out, err } = await ask('invite', '--role', 'worker', '--expires', '24h', '--uses', '3');
    expect(out).toBe('SHOAL1-xyz\n');
    expect(err).toContain('shoal join INVITE');
    expect(agent.asked[0]?.body).toEqual({ role: 'worker', expiresMs: 86_400_000, uses: 3 });
  });
});

describe('names', () => {
  beforeEach(() => {
    agent.answers['GET /services'] = () => [service(), service({ name: 'database' })];
    agent.answers['GET /services/:service'] = ({ path }) =>
      refuse('NOT_FOUND', `there is no service '${path.slice(10)}'`);
  });

  it('names the nearest service when there is none of that name', async () => {
    const { code, out, err } = await ask('logs', 'databse');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/; did you mean 'database'\?\n$/);
  });

  it('finds a service by the part of its name after the stack', async () => {
    agent.answers['GET /tasks'] = () => [];
    const { code, err } = await ask('ps', 'web');
    expect(code).toBe(1);
    expect(err).toBe("shoal: there is no service 'web'; did you mean 'shop_web'?\n");
  });

  it('names the nearest host', async () => {
    agent.answers['GET /hosts'] = () => [host(), host({ name: 'beta' })];
    agent.answers['POST /hosts/:host/availability'] = () => refuse('NOT_FOUND', "there is no host 'bata'");
    expect((await ask('host', 'drain', 'bata')).err).toBe(
      "shoal: there is no host 'bata'; did you mean 'beta'?\n",
    );
  });

  it('prints errors as JSON too with --json', async () => {
    agent.answers['DELETE /services/:service'] = () => refuse('NOT_A_MEMBER', 'this host is in no mesh');
    const { code, out, err } = await ask('rm', 'x', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({ error: { code: 'NOT_A_MEMBER', message: 'this host is in no mesh' } });
    expect(err).toBe('shoal: this host is in no mesh\n');
  });
});

describe('answers of many parts', () => {
  it('explains a placement', async () => {
    agent.answers['GET /why/:target'] = () => [
      {
        task: 'shop_web.1',
        holder: 'beta',
        state: 'running',
        message: null,
        bids: [
          { host: 'beta', score: 912_000, term: 0, won: true },
          { host: 'alpha', score: 400_000, term: 0, won: false },
        ],
        refused: [{ host: 'gamma', filter: 'memory', reason: 'needs 512 MiB, 100 MiB are free' }],
        loads: [
          { host: 'beta', load: { cpuMille: 105, memoryMille: 300, containers: 1 }, ageMs: 700, tasks: 1 },
        ],
      },
    ];
    const { out } = await ask('why', 'shop_web.1');
    expect(out.split('\n').slice(0, 8)).toEqual([
      'shop_web.1 is running on beta',
      '  BID OF  SCORE   TERM  RESULT',
      '  beta    912000  0     won',
      '  alpha   400000  0     lost',
      '  REFUSED BY  FILTER  REASON',
      '  gamma       memory  needs 512 MiB, 100 MiB are free',
      '  LOAD OF  CPU   MEMORY  TASKS  PUBLISHED',
      '  beta     11 %  30 %    1      0.7 s old',
    ]);
  });

  it('shows any object as a tree', async () => {
    agent.answers['GET /inspect/:name'] = () => ({ type: 'task', object: task({ ports: ['80/tcp'] }) });
    const { out } = await ask('inspect', 'shop_web.1');
    expect(out).toContain('type: task\nname: shop_web.1\n');
    expect(out).toContain('ports:\n  - 80/tcp\naddress: -\n');
  });

  it('asks DNS, and fails for a name that does not exist', async () => {
    const answers = [
      { name: 'web.shoal.internal', type: 'SRV', ttl: 2, data: '0 0 80 1.web.shoal.internal' },
    ];
    agent.answers['GET /dns/:name'] = ({ query }) => ({
      name: 'web',
      type: query.type,
      status: 'NOERROR',
      answers,
    });
    expect(await ask('dns', 'web', '--type', 'srv')).toMatchObject({ code: 0 });
    expect(agent.asked[0]).toMatchObject({ path: '/dns/web', query: { type: 'SRV' } });
    agent.answers['GET /dns/:name'] = () => ({ name: 'x', type: 'A', status: 'NXDOMAIN', answers: [] });
    const missing = await ask('dns', 'x');
    expect(missing.code).toBe(1);
    expect(missing.out).toContain('x A: NXDOMAIN');
  });

  it('streams logs, each stream to its own place', async () => {
    agent.answers['GET /services/:service/logs'] = (_, response) => {
      const line = (stream: string, text: string): string =>
        `${JSON.stringify({ task: 'web.1', host: 'beta', stream, line: text })}\n`;
      const text = line('stdout', 'one') + line('stderr', 'two') + line('shoal', 'gamma does not answer');
      response.writeHead(200);
      // cut in the middle of a line, as a network would
      response.write(text.slice(0, 70));
      response.end(text.slice(70));
      return WRITTEN;
    };
    const { code, out, err } = await ask('logs', 'web', '--tail', '5', '--since', '10m');
    expect({ code, out }).toEqual({ code: 0, out: 'web.1@beta | one\n' });
    expect(err).toBe('web.1@beta | two\nshoal: web.1@beta: gamma does not answer\n');
    expect(agent.asked[0]?.query).toEqual({ tail: '5', sinceMs: expect.any(String) });
    expect(Date.now() - Number(agent.asked[0]?.query.sinceMs) - 600_000).toBeLessThan(5_000);
    const json = await ask('logs', 'web', '--json');
    expect(JSON.parse(json.out.split('\n')[2]!)).toMatchObject({ stream: 'shoal' });
  });
});
