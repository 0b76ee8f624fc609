// A cut through the mesh, 2 | 3: both sides serve and take orders, and the heal leaves one of everything.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bed, until } from './bed.ts';
import { running } from './containers.ts';
import { answering, endpointsAt } from './names.ts';
import * as scene from './scenario.ts';
import { available } from './setup.ts';

const ready = available();

const SHOP = (colour: string, replicas: number) => `
services:
  web:
    image: shoal/web:test
    environment: { COLOUR: ${colour} }
    ports: [{ target: 80, mode: host }]
    deploy: { replicas: ${replicas} }
  both:
    image: shoal/web:test
    ports: [{ target: 80, mode: host }]
    deploy: { replicas: 1 }
`;
const ONE = 'services: { it: { image: shoal/web:test, ports: [{ target: 80, mode: host }] } }';
const SIDES = [
  [1, 2],
  [3, 4, 5],
];
/** The suite's stop grace (Docker's own) and the time in which names forget what stops. */
const STOPPED_MS = 15_000;

const web = (replicas: number) => scene.served('shop', 'web', replicas);
const one = (stack: string) => scene.served(stack, 'it', 1);

/** The endpoints that one host names all answer, and there are as many as wanted; returns who answers. */
async function servedFrom(bed: Bed, index: number, service: scene.Served): Promise<string[] | null> {
  const endpoints = await endpointsAt(bed.host(index), `${service.name}.${service.stack}`);
  if (endpoints?.length !== service.replicas) return null;
  const ids = await Promise.all(endpoints.map(answering));
  return ids.every((id) => id !== null) ? ids.filter((id) => id !== null).toSorted() : null;
}

const untilServedFrom = (bed: Bed, index: number, service: scene.Served): Promise<string[]> =>
  until(
    `h${index} serves ${service.replicas} of ${scene.fullName(service)} alone`,
    scene.HEAL_MS,
    async () => {
      const ids = await servedFrom(bed, index, service);
      const here = SIDES.find((side) => side.includes(index)) ?? [];
      const own = (await running(bed, scene.fullName(service))).filter(({ host }) => here.includes(host));
      return ids?.every((id) => own.some((container) => container.id.startsWith(id))) ? ids : undefined;
    },
  );

describe.skipIf(!ready.ok)('a mesh that is cut in two', () => {
  let bed: Bed;
  let original: string[];
  /** the container of `both` before the cut */
  let bothOriginal: string | undefined;
  let healedAt: number;

  beforeAll(async () => {
    bed = await scene.mesh('e2e-partition', 5);
    await scene.deploy(bed, 1, 'shop', SHOP('red', 4));
    original = scene.idsOf(await scene.untilSettled(bed, web(4)));
    [{ id: bothOriginal } = { id: undefined }] = await scene.untilSettled(
      bed,
      scene.served('shop', 'both', 1),
    );
  }, 120_000);

  afterAll(() => bed?.down(), 60_000);

  it('serves all of a service on either side', async () => {
    await bed.partition(SIDES);
    const cutAt = performance.now();
    await Promise.all([1, 2, 3, 4, 5].map((index) => untilServedFrom(bed, index, web(4))));
    scene.measured('cut 2 | 3: each side serves all by itself after', performance.now() - cutAt);
    for (const index of [1, 4]) await untilServedFrom(bed, index, scene.served('shop', 'both', 1));
    // nothing was stopped for it
    const now = (await running(bed, 'shop_web')).map(({ id }) => id.slice(0, 12));
    expect(now).toEqual(expect.arrayContaining(original));
  }, 120_000);

  it('takes different deploys, and different edits of one service', async () => {
    await Promise.all([
      scene.deploy(bed, 2, 'left', ONE),
      scene.deploy(bed, 5, 'right', ONE),
      scene.cli(bed.host(1), 'scale', 'shop_web=3').then(({ code }) => expect(code).toBe(0)),
    ]);
    await Promise.all([untilServedFrom(bed, 1, one('left')), untilServedFrom(bed, 3, one('right'))]);
    await untilServedFrom(bed, 1, web(3));
    // the other side never heard of the scaling: it changes what runs
    await scene.deploy(bed, 4, 'shop', SHOP('blue', 4));
    await untilServedFrom(bed, 4, web(4));
  }, 120_000);

  it('has everything of both sides soon after the heal, and one endpoint per slot within 10 s', async () => {
    const before = await running(bed, 'shop_both');
    await bed.healAll();
    healedAt = performance.now();
    await scene.untilServed(bed, web(3));
    await scene.untilServed(bed, scene.served('shop', 'both', 1));
    await scene.untilServed(bed, one('left'));
    await scene.untilServed(bed, one('right'));
    const took = performance.now() - healedAt;
    scene.measured('heal: one published endpoint per slot after', took);
    expect(took).toBeLessThan(10_000);
    expect(before.length).toBe(2);
    const names = await Promise.all(scene.live(bed).map(scene.servicesAt));
    for (const view of names) {
      expect(view.map(({ name }) => name).toSorted()).toEqual([
        'left_it',
        'right_it',
        'shop_both',
        'shop_web',
      ]);
    }
    const [detail] = (await scene.cli(bed.host(2), 'inspect', 'shop_web')).out.match(/COLOUR=\w+/) ?? [];
    expect(detail).toBe('COLOUR=blue');
  }, 60_000);

  it('keeps the original of what ran twice, and stops the other', async () => {
    const [kept] = await scene.untilSettled(bed, scene.served('shop', 'both', 1), STOPPED_MS);
    await scene.untilSettled(bed, web(3), STOPPED_MS);
    for (const stack of ['left', 'right']) await scene.untilSettled(bed, one(stack), STOPPED_MS);
    scene.measured('heal: one container per slot after', performance.now() - healedAt);
    expect(kept?.id).toBe(bothOriginal);
  }, 60_000);
});
