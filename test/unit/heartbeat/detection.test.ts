import { describe, expect, it } from 'vitest';
import { createWorld, everybody, feed, idOf, reportsOf, runFor, thaw, type World } from './world.ts';

const MINUTE_MS = 60_000;

/** Delays from a host's death to each other host's first report of its silence. */
function delaysAfterDeath(world: World): number[] {
  const diedAt = world.now;
  const [victim, ...others] = world.hosts;
  victim!.isDead = true;
  runFor(world, 8_000);
  return others.map(({ id }) => {
    const first = reportsOf(world, 'silent', diedAt).find(
      ({ by, report }) => by === id && 'host' in report && report.host === victim!.id,
    );
    return first === undefined ? Number.POSITIVE_INFINITY : first.at - diedAt;
  });
}

describe('a dead host', () => {
  it.each([
    [0, 2_400],
    [0.1, 4_000],
    [0.25, 5_200],
  ])('is silent for all who watch it: loss %f, within %d ms', (loss, withinMs) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const world = createWorld(5, everybody, { seed, loss });
      runFor(world, 2 * MINUTE_MS);
      for (const delay of delaysAfterDeath(world)) {
        expect(delay).toBeLessThanOrEqual(withinMs);
        if (loss === 0) expect(delay).toBeGreaterThanOrEqual(1_100);
      }
    }
  });

  it('is reported again each second, and no more once it is heard', () => {
    const world = createWorld(2, everybody);
    runFor(world, 5_000);
    const { machine } = world.hosts[1]!;
    world.hosts[1]!.isDead = true;
    runFor(world, 6_000);
    const times = reportsOf(world, 'silent').map(({ at }) => at);
    expect(times.length).toBeGreaterThanOrEqual(3);
    for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBeLessThanOrEqual(1_110);
    const returnedAt = world.now;
    world.hosts[1]!.isDead = false;
    runFor(world, 4_000);
    expect(machine.counters.accepted).toBeGreaterThan(0);
    expect(reportsOf(world, 'heard', returnedAt)[0]!.at - returnedAt).toBeLessThan(1_200);
    const lastSilent = reportsOf(world, 'silent', returnedAt)
      .filter(({ by }) => by === idOf(0))
      .at(-1);
    expect(lastSilent === undefined || lastSilent.at - returnedAt < 1_200).toBe(true);
  });

  it('counts from the feed when the watch begins then', () => {
    const world = createWorld(2, () => ({}));
    runFor(world, 30_000);
    world.hosts[1]!.isDead = true;
    const [watcher] = world.hosts;
    watcher!.peers = watcher!.peers.map((peer) => ({ ...peer, watch: true }));
    feed(world, watcher!);
    const watchedAt = world.now;
    runFor(world, 5_000);
    const first = reportsOf(world, 'silent')[0]!.at - watchedAt;
    expect(first).toBeGreaterThan(2_200);
    expect(first).toBeLessThan(2_400);
  });
});

describe('ten minutes without a death', () => {
  it.each([
    [0, 1],
    [0, 2],
    [0.1, 1],
    [0.1, 2],
    [0.1, 3],
  ])('accuse nobody: loss %f, seed %d', (loss, seed) => {
    const world = createWorld(5, everybody, { seed, loss });
    runFor(world, 10 * MINUTE_MS);
    expect(reportsOf(world, 'silent')).toEqual([]);
  });

  it('accuse hardly anybody at a quarter lost', () => {
    const world = createWorld(5, everybody, { seed: 1, loss: 0.25 });
    runFor(world, 10 * MINUTE_MS);
    expect(reportsOf(world, 'silent').length).toBeLessThanOrEqual(4);
  });
});

describe('stalls', () => {
  it('of a main loop rise in its heartbeats, which go on', () => {
    const world = createWorld(3, everybody);
    runFor(world, 3_000);
    world.hosts[0]!.mainTurnAt = world.now;
    const stalledAt = world.now;
    runFor(world, 10_000);
    expect(reportsOf(world, 'silent')).toEqual([]);
    const ages = reportsOf(world, 'heard', stalledAt + 100).flatMap(({ at, report }) =>
      report.report === 'heard' && report.host === idOf(0) ? [at - stalledAt - report.mainAgeMs] : [],
    );
    expect(ages.length).toBeGreaterThanOrEqual(18);
    for (const difference of ages) expect(Math.abs(difference)).toBeLessThan(120);
  });

  it.each([1_000, 3_000, 30_000])(
    'of a whole host for %d ms make it accuse nobody after the thaw',
    (frozenMs) => {
      for (const seed of [1, 2, 3]) {
        const world = createWorld(5, everybody, { seed });
        runFor(world, 10_000);
        const [frozen] = world.hosts;
        frozen!.isFrozen = true;
        runFor(world, frozenMs);
        const thawedAt = world.now;
        if (seed === 1) frozen!.inbox = [];
        thaw(world, frozen!);
        runFor(world, 10_000);
        expect(reportsOf(world, 'silent').filter(({ by }) => by === frozen!.id)).toEqual([]);
        const accused = reportsOf(world, 'silent').filter(({ by }) => by !== frozen!.id);
        expect(accused.length > 0).toBe(frozenMs >= 3_000);
        expect(accused.every(({ at }) => at < thawedAt + 1_200)).toBe(true);
      }
    },
  );

  it('of the whole host are not told as stalls of its main loop', () => {
    const world = createWorld(2, everybody);
    runFor(world, 5_000);
    const [host] = world.hosts;
    host!.isFrozen = true;
    host!.mainTurnAt = world.now;
    runFor(world, 20_000);
    const thawedAt = world.now;
    thaw(world, host!);
    runFor(world, 150);
    host!.mainTurnAt = undefined;
    runFor(world, 3_000);
    for (const { report } of reportsOf(world, 'heard', thawedAt)) {
      expect(report.report === 'heard' && report.mainAgeMs).toBeLessThan(500);
    }
  });
});
