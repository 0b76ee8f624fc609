// Any host survives: five down to one and back, all five without power at once, and two that lose each other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, type Host, until } from './bed.ts';
import { happenings, running } from './containers.ts';
import * as scene from './scenario.ts';
import { available } from './setup.ts';
import { startTraffic } from './traffic.ts';

const ready = available();

const SHOP = `
services:
  web:
    image: shoal/web:test
    ports: [{ target: 80, mode: host }]
    deploy: { replicas: 5 }
  edge:
    image: shoal/web:test
    ports: [{ target: 80, published: 8080, mode: host }]
    deploy: { replicas: 3 }
  pinned:
    image: shoal/web:test
    ports: [{ target: 80, mode: host }]
    deploy: { placement: { constraints: [node.hostname == h1] } }
  watch:
    image: shoal/busybox:test
    deploy: { mode: global }
`;
const web = scene.served('shop', 'web', 5);
/** Its host port is fixed: no more of it fit than there are hosts. */
const edge = (hosts: number) => scene.served('shop', 'edge', Math.min(3, hosts));
const pinned = (hosts: number) => scene.served('shop', 'pinned', hosts);

/** All that fits runs, each slot once, and every live host agrees. */
async function untilAllThatFits(bed: Bed): Promise<void> {
  const indexes = scene.live(bed).map(({ index }) => index);
  await scene.untilSettled(bed, web);
  await scene.untilSettled(bed, edge(indexes.length));
  await scene.untilSettled(bed, pinned(indexes.includes(1) ? 1 : 0));
  await until('one watch on each live host', scene.HEAL_MS, async () => {
    const found = await running(bed, 'shop_watch');
    const tasks = found.map(({ task }) => task).toSorted();
    return tasks.join() === indexes.map((index) => `shop_watch.h${index}`).join();
  });
}

/** Every command on every live host; each within 2 s, and a change on one is seen by all. */
async function everyCommandWorks(bed: Bed): Promise<void> {
  const hosts = scene.live(bed);
  const dead = bed.hosts().filter(({ index }) => hosts.every((host) => host.index !== index));
  for (const host of hosts) {
    for (const words of [
      'hosts',
      'host inspect h1',
      'services',
      'stacks',
      'ps',
      'inspect shop_web',
      'why shop_web.1',
    ]) {
      const took = await scene.timed(async () => {
        const { code, out } = await scene.cli(host, ...words.split(' '));
        expect({ code, words }).toEqual({ code: 0, words });
        for (const { name } of dead) expect(out).toMatch(new RegExp(`no answer from .*${name}`));
      });
      expect(took, `${host.name}: ${words}`).toBeLessThan(2_000);
    }
    expect((await scene.cli(host, 'logs', 'shop_watch')).code).toBe(0);
    expect((await scene.cli(host, 'dns', 'web.shop.shoal.internal')).code).toBe(0);
    await changeAndUndo(bed, host);
  }
}

async function changeAndUndo(bed: Bed, host: Host): Promise<void> {
  const name = `by-${host.name}`;
  await scene.deploy(
    bed,
    host.index,
    name,
    'services: { it: { image: shoal/busybox:test, deploy: { replicas: 0 } } }',
  );
  const seen = (there: boolean) =>
    until(`${name} is ${there ? 'known' : 'gone'} everywhere`, 5_000, async () => {
      const views = await Promise.all(scene.live(bed).map(scene.servicesAt));
      return views.every((view) => view.some((service) => service.name === `${name}_it`) === there);
    });
  await seen(true);
  expect((await scene.cli(host, 'scale', `${name}_it=0`)).code).toBe(0);
  expect((await scene.cli(host, 'rm', `${name}_it`)).code).toBe(0);
  await seen(false);
}

async function loseHost(bed: Bed, index: number): Promise<void> {
  const { address, name } = bed.host(index);
  await bed.kill(index);
  const lostAt = performance.now();
  const left = scene.live(bed).length;
  await until(`${name} is out of every answer`, scene.HEAL_MS, async () => {
    const views = [web, edge(5)].map((service) => scene.namesEverywhere(bed, service));
    const named = (await Promise.all(views)).flatMap((view) => [...view.values()]).flat();
    return named.every((endpoint) => endpoint !== null && !endpoint.startsWith(`${address}:`));
  });
  scene.measured(`${left + 1} hosts lose one: out of every DNS answer after`, performance.now() - lostAt);
  await scene.untilServed(bed, web);
  scene.measured(`${left + 1} hosts lose one: replaced and served after`, performance.now() - lostAt);
}

describe.skipIf(!ready.ok)('five hosts', () => {
  let bed: Bed;

  beforeAll(async () => {
    bed = await scene.mesh('e2e-survival', 5);
    await scene.deploy(bed, 1, 'shop', SHOP);
    await untilAllThatFits(bed);
  }, 120_000);

  afterAll(() => bed?.down(), 60_000);

  for (const index of [3, 1, 5, 2]) {
    it(`outlive h${index}: what fits runs again, every command works on every host left`, async () => {
      await loseHost(bed, index);
      await untilAllThatFits(bed);
      await everyCommandWorks(bed);
    }, 120_000);
  }

  it('come back one after another: nothing twice, nothing lost, no dead container named', async () => {
    const traffic = [startTraffic(bed.host(4), 'web.shop'), startTraffic(bed.host(4), 'edge.shop')];
    for (const index of [2, 5]) await bed.raise(index);
    await Promise.all([bed.raise(1), bed.raise(3)]);
    const took = await scene.timed(async () => {
      await scene.untilAllAlive(bed);
      await untilAllThatFits(bed);
    });
    scene.measured('the last two of five return: all as wanted after', took);
    for (const { stop } of traffic) await stop();
    expect(traffic.flatMap(({ unanswered }) => [...unanswered])).toEqual([]);
    await everyCommandWorks(bed);
  }, 120_000);

  it('lose power together and find each other again, two on new addresses, with nothing started twice', async () => {
    const before = await placesOf(bed);
    const moved = new Map(
      [2, 4].map((index) => [index, bed.host(index).address.replace(/\d+$/, `${index}0`)]),
    );
    await Promise.all(bed.hosts().map(({ index }) => bed.kill(index)));
    const took = await scene.timed(async () => {
      await Promise.all(
        bed.hosts().map(({ index }) => {
          const address = moved.get(index);
          return bed.raise(index, address === undefined ? {} : { address });
        }),
      );
      await scene.untilAllAlive(bed);
      await untilAllThatFits(bed);
    });
    scene.measured('five power-cycled, two moved: all as before after', took);
    expect(await placesOf(bed)).toEqual(before);
    const starts = (await Promise.all(bed.hosts().map(happenings)))
      .flat()
      .filter(({ what }) => what === 'start');
    expect(starts.map(({ task }) => task).toSorted()).toEqual(before.map(([task]) => task).toSorted());
    await everyCommandWorks(bed);
  }, 120_000);
});

describe.skipIf(!ready.ok)('two hosts', () => {
  let bed: Bed;
  const both = scene.served('duo', 'web', 2);

  beforeAll(async () => {
    bed = await scene.mesh('e2e-duo', 2);
    const compose = `
services:
  web: { image: shoal/web:test, ports: [{ target: 80, mode: host }], deploy: { replicas: 2 } }
`;
    await scene.deploy(bed, 1, 'duo', compose);
    await scene.untilSettled(bed, both);
  }, 120_000);

  afterAll(() => bed?.down(), 60_000);

  for (const index of [1, 2]) {
    it(`survive the loss of h${index}, and its return`, async () => {
      const took = async (what: string, action: () => Promise<unknown>) =>
        scene.measured(what, await scene.timed(action));
      await bed.kill(index);
      await took(`two hosts lose h${index}: served by the other after`, () => scene.untilSettled(bed, both));
      const [other] = scene.live(bed);
      expect((await scene.cli(other!, 'scale', 'duo_web=3')).code).toBe(0);
      await scene.untilSettled(bed, scene.served('duo', 'web', 3));
      await bed.raise(index);
      await scene.untilAllAlive(bed);
      expect((await scene.cli(bed.host(index), 'scale', 'duo_web=2')).code).toBe(0);
      await scene.untilSettled(bed, both);
    }, 120_000);
  }
});

/** Which host runs which task. */
async function placesOf(bed: Bed): Promise<[string, number][]> {
  const services = ['shop_web', 'shop_edge', 'shop_pinned', 'shop_watch'];
  const found = (await Promise.all(services.map((service) => running(bed, service)))).flat();
  return found.map(({ task, host }): [string, number] => [task, host]).toSorted();
}
