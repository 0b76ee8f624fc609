// Agents may die, containers do not; and what is not shoal's is never touched.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, type Host, ok, until } from './bed.ts';
import { type Container, containersOf, happenings } from './containers.ts';
import { endpointsAt } from './names.ts';
import * as scene from './scenario.ts';
import { available } from './setup.ts';

const ready = available();
const TIMEOUT_MS = 90_000;

const SHOP = `
services:
  web:
    image: shoal/web:test
    ports: [{ target: 80, mode: host }]
    deploy: { replicas: 3 }
  quiet:
    image: shoal/busybox:test
    deploy: { replicas: 2 }
`;
const web = scene.served('shop', 'web', 3);

describe.skipIf(!ready.ok)('agents on three hosts', () => {
  let bed: Bed;
  let strangers: Container[];
  const host = (index: number): Host => bed.host(index);

  beforeAll(async () => {
    bed = await scene.mesh('e2e-agents', 3);
    await placeStrangers(bed);
    strangers = await strangersOf(bed);
    await scene.deploy(bed, 1, 'shop', SHOP);
    await scene.untilSettled(bed, web);
  }, 120_000);

  afterAll(() => bed?.down(), 60_000);

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(
      `end on ${signal} and start again with every container untouched`,
      async () => {
        const before = await ours(bed);
        for (const { index } of bed.hosts()) {
          await bed.stopAgent(index, signal);
          await bed.startAgent(index);
        }
        await scene.untilAllAlive(bed);
        await scene.untilSettled(bed, web);
        expect(await ours(bed)).toEqual(before);
      },
      TIMEOUT_MS,
    );

    it(
      `all end at once on ${signal} and start again with every container untouched`,
      async () => {
        const before = await ours(bed);
        await Promise.all(bed.hosts().map(({ index }) => bed.stopAgent(index, signal)));
        await Promise.all(bed.hosts().map(({ index }) => bed.startAgent(index)));
        await scene.untilAllAlive(bed);
        await scene.untilSettled(bed, web);
        expect(await ours(bed)).toEqual(before);
      },
      TIMEOUT_MS,
    );
  }

  it(
    'that is dead keeps its containers and their names, as long as these answer',
    async () => {
      const [task] = await scene.untilSettled(bed, web);
      const at = host(task?.host ?? 0);
      const before = await ours(bed);
      await bed.stopAgent(at.index, 'SIGKILL');
      await untilSeen(bed, at, 'agent-down');
      await scene.untilSettled(bed, web);
      expect(await ours(bed)).toEqual(before);
      await bed.startAgent(at.index);
      await scene.untilAllAlive(bed);
      expect(await ours(bed)).toEqual(before);
    },
    TIMEOUT_MS,
  );

  it(
    'that is dead does not hide the death of a container: out of every answer, then replaced',
    async () => {
      const [task] = await scene.untilSettled(bed, web);
      const at = host(task?.host ?? 0);
      const endpoints = await endpointsAt(at, 'web.shop');
      await bed.stopAgent(at.index, 'SIGKILL');
      await untilSeen(bed, at, 'agent-down');
      ok(await bed.docker(at.index, 'kill', task?.id ?? ''));
      const diedAt = performance.now();
      await until('the dead container is in no answer', scene.HEAL_MS, async () => {
        const views = await scene.namesEverywhere(bed, web);
        return [...views.values()].every(
          (view) => view && view.length < 3 && view.every((one) => endpoints?.includes(one)),
        );
      });
      scene.measured('agent dead, then a container dies: out of DNS after', performance.now() - diedAt);
      await scene.untilServed(bed, web);
      scene.measured('agent dead, then a container dies: replaced after', performance.now() - diedAt);
      await bed.startAgent(at.index);
      await scene.untilAllAlive(bed);
      await scene.untilSettled(bed, web);
    },
    TIMEOUT_MS,
  );

  it(
    'find out at their start what died while they were away',
    async () => {
      const [task] = await scene.untilSettled(bed, web);
      const at = task?.host ?? 0;
      await bed.stopAgent(at, 'SIGKILL');
      ok(await bed.docker(at, 'rm', '--force', task?.id ?? ''));
      const took = await scene.timed(async () => {
        await bed.startAgent(at);
        await scene.untilSettled(bed, web);
      });
      scene.measured('agent back after its container was removed: served again after', took);
      expect(scene.idsOf(await scene.untilSettled(bed, web))).not.toContain(task?.id.slice(0, 12));
    },
    TIMEOUT_MS,
  );

  it(
    'start a container again that dies before their eyes',
    async () => {
      const [task] = await scene.untilSettled(bed, web);
      ok(await bed.docker(task?.host ?? 0, 'kill', task?.id ?? ''));
      const took = await scene.timed(() => scene.untilSettled(bed, web));
      scene.measured('a container dies: served again after', took);
    },
    TIMEOUT_MS,
  );

  it(
    'that are frozen for a while change nothing',
    async () => {
      const before = await ours(bed);
      bed.freeze(2);
      await untilSeen(bed, host(2), 'stalled');
      await until(
        'the others serve all of web',
        scene.HEAL_MS,
        async () => (await endpointsAt(host(1), 'web.shop'))?.length === 3,
      );
      bed.thaw(2);
      await scene.untilAllAlive(bed);
      await scene.untilSettled(bed, web);
      expect(await ours(bed)).toEqual(before);
    },
    TIMEOUT_MS,
  );

  it(
    'never touch containers of others',
    async () => {
      await scene.cli(host(1), 'rm', 'shop_web', 'shop_quiet');
      await until('nothing of ours is left', scene.HEAL_MS, async () => (await ours(bed)).length === 0);
      expect(await strangersOf(bed)).toEqual(strangers);
      for (const each of bed.hosts()) {
        const theirs = (await happenings(each)).filter(({ id }) => strangers.some((one) => one.id === id));
        expect(theirs.map(({ what }) => what).filter((what) => what === 'die')).toEqual([]);
      }
    },
    TIMEOUT_MS,
  );
});

/** Plain containers, and such as look like another mesh's and another host's, on every host. */
async function placeStrangers(bed: Bed): Promise<void> {
  const [mesh = '', other = ''] = await Promise.all([meshOf(bed.host(1)), idOf(bed.host(1))]);
  const kinds: [string, string[]][] = [
    ['plain', []],
    ['other-mesh', ['shoal.mesh=another', `shoal.host=${other}`, 'shoal.claim=x.1|y', 'shoal.service=none']],
    ['other-host', [`shoal.mesh=${mesh}`, 'shoal.host=another', 'shoal.claim=x.1|y', 'shoal.service=none']],
  ];
  for (const { index } of bed.hosts()) {
    for (const [name, labels] of kinds) {
      const flags = labels.flatMap((label) => ['--label', label]);
      ok(await bed.docker(index, 'run', '--detach', '--name', name, ...flags, 'shoal/busybox:test'));
    }
  }
}

const isStranger = ({ name }: Container): boolean => ['plain', 'other-mesh', 'other-host'].includes(name);

async function strangersOf(bed: Bed): Promise<Container[]> {
  return (await containersOf(bed)).filter(isStranger).toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Ids of what shoal runs, with the host. */
async function ours(bed: Bed): Promise<string[]> {
  const found = (await containersOf(bed)).filter((one) => one.task !== '' && !isStranger(one));
  return found
    .filter((one) => one.running)
    .map(({ host, id, task }) => `${task} h${host} ${id}`)
    .toSorted();
}

const meshOf = async (host: Host): Promise<string> =>
  (await scene.api(host).call('GET /ping', {})).data.mesh ?? '';
const idOf = async (host: Host): Promise<string> => (await scene.api(host).call('GET /ping', {})).data.id;

/** Every other live host holds `host` for being in `state`. */
function untilSeen(bed: Bed, host: Host, state: string): Promise<unknown> {
  return until(`${host.name} is seen as ${state}`, scene.HEAL_MS, async () => {
    const others = scene.live(bed).filter(({ index }) => index !== host.index);
    const views = await Promise.all(others.map(scene.hostsAt));
    return views.every((view) => view.some((one) => one.name === host.name && one.state === state));
  });
}
