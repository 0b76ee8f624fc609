// Nothing acknowledged is lost: agents killed under load, a full disk, a damaged store.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, nextBelow, nextFraction } from '../../protocol/random.ts';
import type { ServiceSpec } from '../../protocol/spec.ts';
import { type Bed, type Host, ok, until } from './bed.ts';
import { containersOf } from './containers.ts';
import * as scene from './scenario.ts';
import { available } from './setup.ts';

const ready = available();
const COMMANDS = 200;
const WORKERS = 4;
const SEED = Number(process.env.SHOAL_TEST_SEED ?? 7);

const spec = (name: string, replicas: number): ServiceSpec => ({
  Name: name,
  Labels: {},
  Mode: { Replicated: { Replicas: replicas } },
  TaskTemplate: { ContainerSpec: { Image: 'shoal/busybox:test' } },
});

/** Replicas of a service, null when there is none. */
type Wanted = number | null;

describe.skipIf(!ready.ok)('what was acknowledged', () => {
  let bed: Bed;
  const host = (index: number): Host => bed.host(index);

  beforeAll(async () => {
    bed = await scene.mesh('e2e-kept', 4);
  }, 120_000);

  afterAll(() => bed?.down(), 60_000);

  it(`outlives agents that are killed at any moment (seed ${SEED})`, async () => {
    const random = createRandom(SEED);
    const pick = <T>(list: readonly T[]): T | undefined => list[nextBelow(random, list.length)];
    /** What may be, by service: one thing after an acknowledgement, two after a command that nobody answered. */
    const possible = new Map<string, Set<Wanted>>();
    const busy = new Set<string>();
    /** hosts whose agent is being killed and started again */
    const down = new Set<number>();
    let given = 0;
    let answered = 0;
    let over = false;

    const command = async (): Promise<void> => {
      const each = pick(bed.hosts().filter(({ index }) => !down.has(index)))!;
      const idle = [...possible.keys()].filter((name) => !busy.has(name));
      const old = nextFraction(random) < 0.4 ? undefined : pick(idle);
      const wanted: Wanted = old !== undefined && nextFraction(random) < 0.3 ? null : nextBelow(random, 2);
      given += 1;
      const name = old ?? `s${given}`;
      const before = possible.get(name) ?? new Set<Wanted>([null]);
      busy.add(name);
      const outcome = await give(each, name, wanted, old === undefined);
      if (outcome === 'done') answered += 1;
      const after = { done: [wanted], refused: before, unknown: [...before, wanted] }[outcome];
      possible.set(name, new Set(after));
      busy.delete(name);
    };
    const worker = async (): Promise<void> => {
      while (given < COMMANDS) await command();
    };
    let kills = 0;
    /** Two of these take turns on all hosts, so that at times two agents are down at once. */
    const killer = async (): Promise<void> => {
      while (!over) {
        const { index } = pick(bed.hosts().filter((each) => !down.has(each.index)))!;
        down.add(index);
        await bed.stopAgent(index, 'SIGKILL');
        kills += 1;
        await bed.startAgent(index);
        down.delete(index);
      }
    };
    const killing = [killer(), killer()];
    await Promise.all(Array.from({ length: WORKERS }, worker));
    over = true;
    await Promise.all(killing);
    console.log(`${answered} of ${given} commands acknowledged, ${kills} agents killed meanwhile`);
    expect(answered).toBeGreaterThan(COMMANDS / 3);

    await scene.untilAllAlive(bed);
    await untilAgreed(bed);
    for (const each of bed.hosts()) {
      const view = new Map((await scene.servicesAt(each)).map(({ name, desired }) => [name, desired]));
      const wrong = [...possible].filter(([name, wanted]) => !wanted.has(view.get(name) ?? null));
      expect(
        wrong.map(([name, wanted]) => ({ name, wanted: [...wanted], is: view.get(name) ?? null })),
      ).toEqual([]);
    }
    await untilRunsAsListed(bed);
  }, 180_000);

  it('is all there is while a disk is full: refused, said, seen by nobody, and over when there is room again', async () => {
    const small = host(2);
    await onSmallDisk(bed, small);
    const before = await untilAgreed(bed);
    const filler = join(small.dataDir, 'filler');
    await bed.exec(small.index, ['sh', '-c', `dd if=/dev/zero of=${filler} bs=4k; true`]);
    // LevelDB may still have room in a file that it has; a few commands use it up
    const refused = await until('a command is refused', 20_000, async () => {
      const name = `full-${Math.round(performance.now())}`;
      const why = await refusal(small, name);
      if (why === null) before.push(name);
      return why === null ? undefined : { name, why };
    });
    expect(refused.why).toMatch(
      /^nothing was done: this host could not store it|^this host cannot store anything/,
    );
    await until('the host says that it is read-only', 10_000, async () =>
      (await scene.cli(small, 'hosts')).err.includes('read-only'),
    );
    const others = scene.live(bed).filter(({ index }) => index !== small.index);
    for (const each of others) {
      expect((await scene.servicesAt(each)).map(({ name }) => name)).not.toContain(refused.name);
      expect(await refusal(each, 'beside')).toBeNull();
    }
    await bed.exec(small.index, ['rm', filler]);
    const works = await scene.timed(() =>
      until('the host works again', 20_000, async () => {
        const why = await refusal(small, 'again');
        return why === null && !(await scene.cli(small, 'hosts')).err.includes('read-only');
      }),
    );
    scene.measured('room on the disk again: commands work after', works);
    expect((await untilAgreed(bed)).toSorted()).toEqual([...before, 'beside', 'again'].toSorted());
  }, 120_000);

  for (const [how, damage] of Object.entries(DAMAGES)) {
    it(`comes back from the others when a store is ${how}, and no container is touched`, async () => {
      const hurt = host(3);
      await untilRunsAsListed(bed);
      const names = await untilAgreed(bed);
      const containers = (await containersOf(bed)).map(({ id }) => id).toSorted();
      await bed.stopAgent(hurt.index, 'SIGKILL');
      damage(join(hurt.dataDir, 'store'));
      await bed.startAgent(hurt.index);
      await scene.untilAllAlive(bed);
      expect(await untilAgreed(bed)).toEqual(names);
      expect(readFileSync(hurt.logFile, 'utf8')).toMatch(
        /the store (is damaged|was repaired|is beyond repair)/,
      );
      await untilRunsAsListed(bed);
      expect((await containersOf(bed)).map(({ id }) => id).toSorted()).toEqual(containers);
      expect(await refusal(hurt, `after-${how.replace(' ', '-')}`)).toBeNull();
      await untilAgreed(bed);
    }, 120_000);
  }
});

/** `done`: acknowledged. `refused`: answered with an error. `unknown`: no answer, either may be. */
async function give(
  each: Host,
  name: string,
  wanted: Wanted,
  isNew: boolean,
): Promise<'done' | 'refused' | 'unknown'> {
  const api = scene.api(each);
  try {
    if (wanted === null) await api.call('DELETE /services/:service', { params: { service: name } });
    else if (isNew) await api.call('POST /deploy', { body: { services: [spec(name, wanted)] } });
    else
      await api.call('POST /services/:service/scale', {
        params: { service: name },
        body: { replicas: wanted },
      });
    return 'done';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    return ['NOT_FOUND', 'NOT_A_MEMBER', 'READ_ONLY'].includes(String(code)) ? 'refused' : 'unknown';
  }
}

/** Deploys a service that runs nothing; the error, or null when it was acknowledged. */
async function refusal(each: Host, name: string): Promise<string | null> {
  const deployed = scene.api(each).call('POST /deploy', { body: { services: [spec(name, 0)] } });
  return deployed.then(
    () => null,
    (error) => String(error.message),
  );
}

/** Moves the agent's data to a small file system of its own. */
async function onSmallDisk(bed: Bed, { index, dataDir }: Host): Promise<void> {
  await bed.stopAgent(index);
  const move = `cp -a ${dataDir} /run/kept && mount -t tmpfs -o size=4m tmpfs ${dataDir} && cp -a /run/kept/. ${dataDir}`;
  ok(await bed.exec(index, ['sh', '-c', move]));
  await bed.startAgent(index);
  await scene.untilAllAlive(bed);
}

const filesOf = (store: string): string[] =>
  readdirSync(store)
    .map((name) => join(store, name))
    .filter((path) => statSync(path).isFile());

const DAMAGES: Record<string, (store: string) => void> = {
  'cut short': (store) => {
    for (const file of filesOf(store)) truncateSync(file, Math.floor(statSync(file).size / 2));
  },
  overwritten: (store) => {
    for (const file of filesOf(store)) writeFileSync(file, randomBytes(Math.max(64, statSync(file).size)));
  },
  'half gone': (store) => {
    for (const file of filesOf(store)) if (/MANIFEST|CURRENT/.test(file)) rmSync(file);
  },
};

/** All live hosts list the same services with the same versions; returns their names. */
async function untilAgreed(bed: Bed): Promise<string[]> {
  return until('all hosts list the same services', scene.HEAL_MS, async () => {
    const views = await Promise.all(scene.live(bed).map(scene.servicesAt));
    const texts = views.map((view) =>
      JSON.stringify(view.map(({ name, desired, version }) => [name, desired, version])),
    );
    return new Set(texts).size === 1 ? views[0]?.map(({ name }) => name) : undefined;
  });
}

async function untilRunsAsListed(bed: Bed): Promise<void> {
  const services = await scene.servicesAt(scene.live(bed)[0]!);
  await until('containers are what is listed', scene.HEAL_MS, async () => {
    const found = (await containersOf(bed)).filter((one) => one.running && one.task !== '');
    const counts = Map.groupBy(found, (one) => one.labels['shoal.service'] ?? '');
    const wanted = services.filter(({ desired }) => desired > 0);
    return (
      found.length === wanted.reduce((sum, { desired }) => sum + desired, 0) &&
      wanted.every(({ name, desired }) => counts.get(name)?.length === desired)
    );
  });
}
