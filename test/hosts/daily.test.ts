// A day with a mesh of five real hosts: deploying, changing, asking for names, every command on every host.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, type Host, ok, until } from './bed.ts';
import { happenings, running } from './containers.ts';
import { ask } from './names.ts';
import * as scene from './scenario.ts';
import { available } from './setup.ts';
import { startTraffic } from './traffic.ts';

const ready = available();
const TIMEOUT_MS = 60_000;

const SHOP = (colour: string) => `
services:
  web:
    image: shoal/web:test
    environment: { COLOUR: ${colour} }
    ports: [{ target: 80, published: 80, mode: host }]
    deploy: { replicas: 3 }
  api:
    image: shoal/web:test
    ports: [{ target: 80, mode: host }]
    deploy: { replicas: 2 }
`;
const web = scene.served('shop', 'web', 3);
const shopApi = scene.served('shop', 'api', 2);

describe.skipIf(!ready.ok)('a mesh of five hosts', () => {
  let bed: Bed;
  const host = (index: number): Host => bed.host(index);

  beforeAll(async () => {
    bed = await scene.mesh('e2e-daily', 5);
  }, 120_000);

  afterAll(() => bed?.down(), 60_000);

  describe('deploying', () => {
    it(
      'runs a compose file and serves it under its names',
      async () => {
        const took = await scene.timed(async () => {
          await scene.deploy(bed, 2, 'shop', SHOP('red'));
          await scene.untilSettled(bed, web);
        });
        scene.measured('deploy of 5 containers until served everywhere', took);
        await scene.untilSettled(bed, shopApi);
      },
      TIMEOUT_MS,
    );

    it(
      'changes nothing for the same file, whatever host it comes to',
      async () => {
        const before = await bothServed(bed);
        const versions = await versionsAt(host(1));
        expect(await scene.deploy(bed, 4, 'shop', SHOP('red'))).toMatch(
          /shop_web +unchanged.*shop_api +unchanged/s,
        );
        expect(await bothServed(bed)).toEqual(before);
        expect(await versionsAt(host(1))).toEqual(versions);
      },
      TIMEOUT_MS,
    );

    it(
      'replaces only what changed, one at a time, the new container before the old one',
      async () => {
        const before = await bothServed(bed);
        const traffic = startTraffic(host(1), 'web.shop');
        const crowd = watchTasks(host(3), 'shop_web');
        await scene.deploy(bed, 3, 'shop', SHOP('blue'));
        const after = scene.idsOf(await scene.untilSettled(bed, web));
        await traffic.stop();
        const most = await crowd.stop();

        expect(after.filter((id) => before.web.includes(id))).toEqual([]);
        expect(scene.idsOf(await scene.untilSettled(bed, shopApi))).toEqual(before.api);
        expect(traffic.fewest).toBe(3);
        expect([...traffic.unanswered]).toEqual([]);
        expect(most).toBeLessThanOrEqual(4);
        // three old ones and three new ones: none was started in vain
        expect(traffic.containers.size).toBe(6);
        expect(await startsOf(bed, 'shop_web.')).toBe(6);
      },
      TIMEOUT_MS,
    );

    it('refuses what it does not know, with file, line and key', async () => {
      const compose = 'services:\n  web:\n    image: shoal/web:test\n    cap_add: [NET_ADMIN]\n';
      const refused = await bed.exec(1, ['shoal', 'deploy', '-f', '-', 'shop'], { input: compose });
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toMatch(/:4\b.*cap_add/);
    });

    it(
      'runs a global service once on every host that meets its constraints',
      async () => {
        const compose = `
services:
  watch:
    image: shoal/busybox:test
    deploy: { mode: global, placement: { constraints: [node.hostname != h4] } }
`;
        await scene.deploy(bed, 5, 'ops', compose);
        const hosts = await until('watch runs on four hosts', scene.HEAL_MS, async () => {
          const found = await running(bed, 'ops_watch');
          return found.length === 4 && found.map((one) => one.host).toSorted();
        });
        expect(hosts).toEqual([1, 2, 3, 5]);
        for (const { task, host: at } of await running(bed, 'ops_watch'))
          expect(task).toBe(`ops_watch.h${at}`);
      },
      TIMEOUT_MS,
    );
  });

  describe('names', () => {
    const inside = async (index: number, ...argv: string[]) => {
      const [container] = (await running(bed, 'shop_api')).filter((one) => one.host === index);
      return bed.docker(index, 'exec', container?.id ?? `none on h${index}`, ...argv);
    };
    const asker = async (): Promise<number> => {
      const taken = (await running(bed, 'shop_web')).map((one) => one.host);
      const apis = (await running(bed, 'shop_api')).map((one) => one.host);
      return apis.find((index) => !taken.includes(index)) ?? apis[0] ?? 0;
    };

    it('reach from inside a container to a service on other hosts, by its plain name', async () => {
      const index = await asker();
      expect(ok(await inside(index, 'nslookup', 'web.shop.shoal.internal'))).toContain(`10.77.`);
      const addresses = (await running(bed, 'shop_web')).map((one) => host(one.host).address);
      const plain = ok(await inside(index, 'nslookup', 'web'));
      for (const address of addresses) {
        if (address !== host(index).address) expect(plain).toContain(address);
      }
      expect(ok(await inside(index, 'timeout', '3', 'wget', '-qO-', 'http://web/'))).toBe('shoal web');
    });

    it('tell missing names from names without such a record', async () => {
      const [missing, empty, soa] = await Promise.all([
        ask(host(2), 'nosuch.shop.shoal.internal', 'A'),
        ask(host(2), 'web.shop.shoal.internal', 'AAAA'),
        ask(host(2), 'shoal.internal', 'SOA'),
      ]);
      expect(missing).toMatchObject({ status: 'NXDOMAIN', answers: [] });
      expect(empty).toMatchObject({ status: 'NOERROR', answers: [] });
      expect(soa).toMatchObject({ status: 'NOERROR' });
      expect(soa?.answers).toHaveLength(1);
      const dug = ok(await bed.exec(5, ['dig', '+tcp', `@${host(2).address}`, 'nosuch.shop.shoal.internal']));
      expect(dug).toContain('status: NXDOMAIN');
      expect(dug).toContain('SOA');
    });

    it('of hosts and tasks are answered by every host', async () => {
      for (const each of bed.hosts()) {
        expect((await ask(each, 'h3.hosts.shoal.internal', 'A'))?.answers).toEqual([host(3).address]);
        const task = (await running(bed, 'shop_web')).find((one) => one.task === 'shop_web.2');
        expect((await ask(each, '2.web.shop.shoal.internal', 'A'))?.answers).toEqual([
          host(task?.host ?? 0).address,
        ]);
      }
    });

    it('of others fail quickly when the resolver behind is dead, and hold up none of ours', async () => {
      const index = await asker();
      const started = performance.now();
      const elsewhere = bed.exec(index, ['dig', '+tries=1', '+time=8', '@169.254.20.10', 'www.example.org']);
      const delays: number[] = [];
      let over = false;
      void elsewhere.then(() => {
        over = true;
      });
      await until('www.example.org is answered, if only by a failure', 10_000, async () => {
        delays.push((await ask(host(index), 'web.shop.shoal.internal', 'A'))?.tookMs ?? 1_000);
        return over;
      });
      expect((await elsewhere).stdout).toMatch(/status: (SERVFAIL|NOERROR|NXDOMAIN|REFUSED)/);
      scene.measured('a name of others behind a dead resolver fails after', performance.now() - started);
      expect(performance.now() - started).toBeLessThan(6_000);
      expect(delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.9)]).toBeLessThan(100);
    });
  });

  describe('commands', () => {
    const READS = [
      ['hosts'],
      ['host', 'inspect', 'h5'],
      ['services'],
      ['stacks'],
      ['ps'],
      ['ps', '-a', 'shop_web'],
      ['inspect', 'shop_web'],
      ['inspect', 'shop_web.1'],
      ['inspect', 'h2'],
      ['why', 'shop_web.3'],
      ['why', 'shop_api'],
      ['dns', 'web.shop.shoal.internal'],
      ['dns', '_80._tcp.web.shop.shoal.internal', '--type', 'SRV'],
    ];

    it(
      'answer on every host, in words and in JSON',
      async () => {
        for (const each of bed.hosts()) {
          for (const words of READS) {
            const what = `${each.name}: shoal ${words.join(' ')}`;
            const said = await scene.cli(each, ...words);
            expect(said, what).toMatchObject({ code: 0, err: '' });
            expect(said.out, what).toContain(`answered by ${each.name}`);
            const json = JSON.parse((await scene.cli(each, ...words, '--json')).out);
            expect(json.freshness, what).toMatchObject({ host: each.name, silent: [], warnings: [] });
          }
        }
      },
      TIMEOUT_MS,
    );

    it('explain where each task runs', async () => {
      for (const each of bed.hosts()) {
        const [info] = JSON.parse((await scene.cli(each, 'why', 'shop_web.1', '--json')).out).data;
        expect(info).toMatchObject({ task: 'shop_web.1', state: 'running' });
        expect(info.bids.filter((one: { won: boolean }) => one.won)).toMatchObject([{ host: info.holder }]);
        expect(info.loads.length).toBeGreaterThan(0);
      }
      const why = (await scene.cli(host(1), 'why', 'ops_watch.h2')).out;
      expect(why).toContain('ops_watch.h2 is running on h2');
    });

    it(
      'show the logs of tasks on other hosts',
      async () => {
        const compose = `
services:
  talk:
    image: shoal/busybox:test
    command: [sh, -c, 'echo I am on $$(cat /etc/hostname); echo and worried >&2; exec /wait']
    deploy: { replicas: 3 }
`;
        await scene.deploy(bed, 1, 'ops', compose);
        const talkers = (await running(bed, 'ops_talk')).map(({ id }) => id.slice(0, 12));
        expect(talkers).toHaveLength(3);
        for (const each of bed.hosts()) {
          const { out, err, code } = await scene.cli(each, 'logs', 'ops_talk');
          expect(code).toBe(0);
          for (const id of talkers) expect(out).toContain(`I am on ${id}`);
          expect(err.match(/and worried/g)).toHaveLength(3);
        }
      },
      TIMEOUT_MS,
    );

    it(
      'change things on whichever host they are given',
      async () => {
        for (const [at, each] of bed.hosts().entries()) {
          const replicas = 1 + (at % 2) * 2;
          expect(await scene.cli(each, 'scale', `shop_api=${replicas}`)).toMatchObject({ code: 0 });
          await scene.untilSettled(bed, scene.served('shop', 'api', replicas));
        }
        expect(await scene.cli(host(3), 'rm', 'ops_talk')).toMatchObject({ code: 0 });
        await until('nothing of ops_talk is left', scene.HEAL_MS, async () => {
          const containers = await running(bed, 'ops_talk');
          const listed = await Promise.all(bed.hosts().map(scene.servicesAt));
          return containers.length === 0 && listed.flat().every(({ name }) => name !== 'ops_talk');
        });
      },
      TIMEOUT_MS,
    );

    it(
      'drain a host without a gap, and take it back',
      async () => {
        await scene.cli(host(1), 'scale', 'shop_api=2');
        const before = await scene.untilSettled(bed, shopApi);
        const drained = before[0]?.host ?? 0;
        const traffic = startTraffic(host(drained), 'api.shop');
        expect(await scene.cli(host(2), 'host', 'drain', `h${drained}`)).toMatchObject({ code: 0 });
        const took = await scene.timed(() =>
          until(`h${drained} is empty`, scene.HEAL_MS, async () => {
            const left = [...(await running(bed, 'shop_api')), ...(await running(bed, 'shop_web'))];
            return left.every((one) => one.host !== drained);
          }),
        );
        scene.measured('drain until the host is empty', took);
        await scene.untilSettled(bed, shopApi);
        await traffic.stop();
        expect([...traffic.unanswered]).toEqual([]);
        expect(traffic.fewest).toBe(2);
        expect(await scene.cli(host(3), 'host', 'activate', `h${drained}`)).toMatchObject({ code: 0 });
        await scene.untilSettled(bed, web);
      },
      TIMEOUT_MS,
    );

    it(
      'never hang on a dead host, and name it',
      async () => {
        const dead = (await scene.untilSettled(bed, shopApi))[0]?.host ?? 0;
        const lost = host(dead);
        const others = bed.hosts().filter((each) => each !== lost && each.index !== dead);
        await bed.kill(dead);
        const [asked] = others;
        for (const words of [...READS, ['logs', 'shop_api'], ['scale', 'shop_api=2']]) {
          const took = await scene.timed(() => scene.cli(asked!, ...words));
          expect(took, words.join(' ')).toBeLessThan(3_000);
        }
        await until(`every host knows that ${lost.name} is gone`, scene.HEAL_MS, async () => {
          const views = await Promise.all(others.map(scene.hostsAt));
          return views.every((view) =>
            view.some(({ name, state }) => name === lost.name && state === 'failed'),
          );
        });
        for (const each of others) {
          for (const words of READS) {
            const what = `${each.name}: shoal ${words.join(' ')}`;
            let said = '';
            const took = await scene.timed(async () => {
              said = (await scene.cli(each, ...words)).out;
            });
            expect(took, what).toBeLessThan(2_000);
            expect(said, what).toContain(`no answer from ${lost.name}`);
          }
        }
        await scene.untilServed(bed, shopApi);
        await bed.raise(dead);
        await scene.untilAllAlive(bed);
        await scene.untilSettled(bed, shopApi);
        await scene.untilSettled(bed, web);
      },
      2 * TIMEOUT_MS,
    );
  });
});

async function bothServed(bed: Bed): Promise<{ web: string[]; api: string[] }> {
  return {
    web: scene.idsOf(await scene.untilSettled(bed, web)),
    api: scene.idsOf(await scene.untilSettled(bed, shopApi)),
  };
}

async function versionsAt(host: Host): Promise<[string, number][]> {
  return (await scene.servicesAt(host)).map(({ name, version }) => [name, version]);
}

/** The most tasks of a service that were listed at one moment. */
function watchTasks(host: Host, service: string): { stop(): Promise<number> } {
  let stopping = false;
  let most = 0;
  const ended = until('', 10 * TIMEOUT_MS, async () => {
    const tasks = (await scene.tasksAt(host)).filter((task) => task.service === service);
    most = Math.max(most, tasks.length);
    return stopping;
  });
  return {
    stop: async () => {
      stopping = true;
      await ended;
      return most;
    },
  };
}

/** How many containers were started for tasks whose name begins so. */
async function startsOf(bed: Bed, prefix: string): Promise<number> {
  const all = await Promise.all(bed.hosts().map(happenings));
  return all.flat().filter(({ what, task }) => what === 'start' && task.startsWith(prefix)).length;
}
