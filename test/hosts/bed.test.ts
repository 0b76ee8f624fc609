// The bed itself: that faults are what they claim to be, and that nothing is left behind.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE, REPO } from './agent.ts';
import { type Bed, BUSYBOX_IMAGE, ok, prepareImages, raiseBed, until, WEB_IMAGE } from './bed.ts';
import { findInits } from './power.ts';
import { must } from './run.ts';
import { available } from './setup.ts';
import { subnetsOf } from './state.ts';
import { tearDown } from './teardown.ts';

const ready = available();
if (!ready.ok) console.warn(`no real hosts: ${ready.why}`);

const TIMEOUT_MS = 30_000;

/** Exit code of one ping from host to host, and what the sender was told. */
async function ping(bed: Bed, from: number, to: string): Promise<{ heard: boolean; told: string }> {
  const result = await bed.exec(from, ['busybox', 'ping', '-c', '1', '-W', '1', to]);
  return { heard: result.code === 0, told: result.stderr };
}

async function hears(bed: Bed, from: number, to: number): Promise<boolean> {
  return (await ping(bed, from, bed.host(to).address)).heard;
}

/** Whether a process with this word on its command line runs anywhere on the machine. */
function runsAnywhere(word: string): boolean {
  return readdirSync('/proc').some((entry) => {
    try {
      return /^\d+$/.test(entry) && readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0').includes(word);
    } catch {
      return false;
    }
  });
}

/** Everything of a bed that the machine still has; empty when it is down. */
async function leftovers(name: string, subnet: number): Promise<string[]> {
  const links = (await must(['ip', '-brief', 'link']))
    .split('\n')
    .filter((line) => line.startsWith(`shoal${subnet}`));
  const groups = readdirSync('/sys/fs/cgroup').map(
    (controller) => `/sys/fs/cgroup/${controller}/shoal-beds/${name}`,
  );
  const paths = [...groups, `/var/lib/shoal-beds/${name}`].filter((path) => existsSync(path));
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(`shoal-beds/${name}/`));
  return [...links, ...paths, ...mounts, ...findInits(name).map(({ pid }) => `process ${pid}`)];
}

describe.skipIf(!ready.ok)('a bed of real hosts', () => {
  let bed: Bed;
  let beside: Bed;

  beforeAll(async () => {
    bed = await raiseBed({ name: 'test-bed', hosts: 4 });
    beside = await raiseBed({ name: 'test-beside', hosts: 1 });
    await prepareImages(bed);
    await prepareImages(beside);
  }, 120_000);

  afterAll(async () => {
    await bed?.down();
    await beside?.down();
  }, 60_000);

  it('gives every host its own name, processes and /run', async () => {
    expect(ok(await bed.exec(2, ['hostname']))).toBe('h2');
    expect(ok(await bed.exec(2, ['sh', '-c', 'touch /run/mine; cat'], { input: 'said' }))).toBe('said');
    expect((await bed.exec(3, ['ls', '/run/mine'])).code).not.toBe(0);
    expect(ok(await bed.exec(3, ['ps', '-A', '-o', 'args'])).match(/^dockerd /gm)).toHaveLength(1);
    expect((await bed.exec(1, ['sleep', '60'], { timeoutMs: 50 })).code).toBe(124);
  });

  it('gives every host, of every bed, the same images', async () => {
    const ask = ['image', 'inspect', '--format', '{{.Id}}', BUSYBOX_IMAGE, WEB_IMAGE];
    const ids = await Promise.all([bed.docker(1, ...ask), bed.docker(4, ...ask), beside.docker(1, ...ask)]);
    expect(new Set(ids.map((it) => ok(it))).size).toBe(1);
  });

  it(
    'runs containers, publishes their ports between hosts, and stops them at once',
    async () => {
      ok(await bed.docker(2, 'run', '--detach', '--name', 'web', '--publish', '8080:80', WEB_IMAGE));
      const url = `http://${bed.host(2).address}:8080/cgi-bin/host`;
      const fetched = ['busybox', 'wget', '-qO-', url];
      const answer = await until(
        'the web server answers',
        5000,
        async () => (await bed.exec(4, fetched)).stdout,
      );
      expect(ok(await bed.docker(2, 'inspect', '--format', '{{.Id}}', 'web'))).toContain(answer.trim());
      const started = performance.now();
      ok(await bed.docker(2, 'stop', 'web'));
      expect(performance.now() - started).toBeLessThan(5000);
    },
    TIMEOUT_MS,
  );

  it('keeps two beds apart', async () => {
    expect(beside.host(1).address).not.toBe(bed.host(1).address);
    expect((await ping(beside, 1, bed.host(1).address)).heard).toBe(false);
  });

  it(
    'takes a host from the world in a loss of power, containers included, and gives it back its disks',
    async () => {
      const words = ['987654321', '987654322'];
      for (const word of words) {
        ok(await bed.docker(3, 'run', '--detach', '--name', `c${word}`, BUSYBOX_IMAGE, 'sleep', word));
      }
      ok(await bed.docker(3, 'pause', 'c987654322'));
      ok(await bed.exec(3, ['touch', '/run/shoal/boot-id']));
      writeFileSync(`${bed.host(3).dataDir}/kept`, 'data');
      expect(words.map(runsAnywhere)).toEqual([true, true]);

      await bed.kill(3);
      expect(words.map(runsAnywhere)).toEqual([false, false]);
      expect(await hears(bed, 1, 3)).toBe(false);
      await expect(bed.kill(3)).rejects.toThrow('h3 is off');
      expect((await bed.docker(3, 'ps')).code).not.toBe(0);

      await bed.raise(3);
      expect(await hears(bed, 1, 3)).toBe(true);
      expect(existsSync(`${bed.host(3).dataDir}/kept`)).toBe(true);
      expect((await bed.exec(3, ['ls', '/run/shoal/boot-id'])).code).not.toBe(0);
      expect(
        ok(await bed.docker(3, 'ps', '--all', '--filter', 'status=exited', '--quiet')).split('\n'),
      ).toHaveLength(2);
      ok(await bed.docker(3, 'start', 'c987654321'));
    },
    TIMEOUT_MS,
  );

  it(
    'raises a host at another address',
    async () => {
      const before = bed.host(4).address;
      await bed.kill(4);
      const address = before.replace(/\d+$/, '44');
      await expect(bed.raise(4, { address: bed.host(1).address })).rejects.toThrow("is h1's");
      await bed.raise(4, { address });
      expect(bed.host(4).address).toBe(address);
      expect(await hears(bed, 1, 4)).toBe(true);
      expect((await ping(bed, 1, before)).heard).toBe(false);
    },
    TIMEOUT_MS,
  );

  it(
    'pulls a cable and plugs it in',
    async () => {
      await bed.cut(2);
      expect(await hears(bed, 1, 2)).toBe(false);
      expect(ok(await bed.docker(2, 'ps', '--quiet'))).toBe('');
      await bed.heal(2);
      await until('host 2 hears host 1 again', 5000, () => hears(bed, 2, 1));
    },
    TIMEOUT_MS,
  );

  it(
    'splits hosts into groups without telling the senders, also over a loss of power',
    async () => {
      await bed.partition([
        [1, 2],
        [3, 4],
      ]);
      expect(await hears(bed, 1, 2)).toBe(true);
      expect(await hears(bed, 3, 4)).toBe(true);
      expect(await ping(bed, 1, bed.host(3).address)).toEqual({ heard: false, told: '' });
      await bed.kill(3);
      await bed.raise(3);
      expect(await hears(bed, 3, 2)).toBe(false);

      await bed.partition([
        [1, 3],
        [3, 2],
      ]);
      const pairs = [hears(bed, 1, 3), hears(bed, 3, 2), hears(bed, 1, 4), hears(bed, 1, 2)];
      expect(await Promise.all(pairs)).toEqual([true, true, true, false]);
      await bed.healAll();
      expect(await hears(bed, 1, 2)).toBe(true);
    },
    TIMEOUT_MS,
  );

  it(
    'loses packets on arrival',
    async () => {
      await bed.loss(2, 1);
      expect(await hears(bed, 1, 2)).toBe(false);
      expect(await hears(bed, 1, 3)).toBe(true);
      await bed.loss(2, 0);
      expect(await hears(bed, 1, 2)).toBe(true);
    },
    TIMEOUT_MS,
  );

  it.skipIf(!existsSync(`${REPO}/agent/main.ts`))(
    'starts, freezes and ends the agent alone',
    async () => {
      const running = ok(await bed.docker(1, 'run', '--detach', BUSYBOX_IMAGE));
      await bed.startAgent(1);
      const pid = bed.agentPid(1);
      const state = () => /^State:\s(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      bed.freeze(1);
      await until('the agent stands still', 5000, () => state() === 'T');
      bed.thaw(1);
      await until('the agent runs again', 5000, () => state() !== 'T');
      await bed.stopAgent(1, 'SIGKILL');
      expect(() => bed.agentPid(1)).toThrow('does not run');
      expect(ok(await bed.docker(1, 'ps', '--quiet', '--no-trunc'))).toContain(running);
      await bed.startAgent(1);
      await bed.stopAgent(1);
    },
    TIMEOUT_MS,
  );

  it(
    'starts and stops the engine alone',
    async () => {
      await bed.stopEngine(1, 'SIGKILL');
      expect((await bed.docker(1, 'ps')).code).not.toBe(0);
      await bed.startEngine(1);
      ok(await bed.docker(1, 'ps'));
    },
    TIMEOUT_MS,
  );
});

describe.skipIf(!ready.ok)('the end of a bed', () => {
  const name = 'test-crash';
  const source = `
    import { raiseBed, prepareImages } from '${import.meta.dirname}/bed.ts';
    const bed = await raiseBed({ name: '${name}', hosts: 2 });
    await prepareImages(bed);
    await bed.docker(1, 'run', '-d', '${BUSYBOX_IMAGE}');
    console.log('up');
    setInterval(() => {}, 1000);`;

  afterAll(() => tearDown(name));

  it('needs nothing that a killed run knew', async () => {
    const run = spawn(NODE, ['--input-type=module', '--eval', source], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise((resolve) => run.on('exit', resolve));
    await new Promise((resolve) => run.stdout.once('data', resolve));
    const [subnet = -1] = subnetsOf(name);
    await expect(raiseBed({ name, hosts: 1 })).rejects.toThrow('belongs to process');
    run.kill('SIGKILL');
    await ended;
    expect(findInits(name)).toHaveLength(2);

    const again = await raiseBed({ name, hosts: 1 });
    expect(findInits(name)).toHaveLength(1);
    await again.down();
    await again.down();
    expect(await leftovers(name, subnet)).toEqual([]);
  }, 60_000);

  it('comes as well when the run was killed half way up', async () => {
    const run = spawn(NODE, ['--input-type=module', '--eval', source], { stdio: 'ignore' });
    const ended = new Promise((resolve) => run.on('exit', resolve));
    await until('a first host has power', 20_000, () => findInits(name).length > 0);
    run.kill('SIGKILL');
    await ended;
    const [subnet = -1] = subnetsOf(name);
    await tearDown(name);
    expect(await leftovers(name, subnet)).toEqual([]);
  }, 60_000);
});
