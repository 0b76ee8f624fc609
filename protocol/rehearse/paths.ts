/** Links between hosts as rehearsals see them: delay, loss, and what is cut in which direction. */
import type { HostId } from '../identity.ts';
import { nextFraction, type Random } from '../random.ts';
import type { Millis } from '../time.ts';

export interface Paths {
  /** least one-way delay; each packet takes that and an exponential rest with the mean `jitterMs` */
  delayMs: Millis;
  jitterMs: Millis;
  /** share of packets lost, 0..1 */
  loss: number;
  /** share of datagrams that arrive twice, and of those that others overtake */
  duplicates: number;
  reordered: number;
  /** `from>to` that carries nothing */
  cuts: Set<string>;
  /** `from>to` that is clogged: what it carries takes so much longer */
  clogs: Map<string, Millis>;
  /** `from>to` with a loss of its own */
  lossy: Map<string, number>;
  random: Random;
}

export const createPaths = (random: Random): Paths => ({
  delayMs: 0.2,
  jitterMs: 0.3,
  loss: 0,
  duplicates: 0,
  reordered: 0,
  cuts: new Set(),
  clogs: new Map(),
  lossy: new Map(),
  random,
});

export const isOpen = (paths: Paths, from: HostId, to: HostId): boolean => !paths.cuts.has(`${from}>${to}`);
export const isOpenBothWays = (paths: Paths, a: HostId, b: HostId): boolean =>
  isOpen(paths, a, b) && isOpen(paths, b, a);

export const cutOneWay = (paths: Paths, from: HostId, to: HostId): void =>
  void paths.cuts.add(`${from}>${to}`);
export function cutBothWays(paths: Paths, a: HostId, b: HostId): void {
  cutOneWay(paths, a, b);
  cutOneWay(paths, b, a);
}

/** Hosts of different groups do not reach each other; those in no group reach everybody. */
export function partition(paths: Paths, groups: HostId[][]): void {
  for (const [i, group] of groups.entries()) {
    for (const other of groups.slice(i + 1).flat()) for (const host of group) cutBothWays(paths, host, other);
  }
}

export const mend = (paths: Paths): void => paths.cuts.clear();

const OVERTAKEN_MS = 1_500;

function delay({ delayMs, jitterMs, random, clogs }: Paths, way: string): Millis {
  return delayMs - jitterMs * Math.log(1 - nextFraction(random)) + (clogs.get(way) ?? 0);
}

const lossOn = (paths: Paths, way: string): number => Math.max(paths.loss, paths.lossy.get(way) ?? 0);

/** One datagram: how long each copy that arrives takes. */
export function sendDatagram(paths: Paths, from: HostId, to: HostId): Millis[] {
  const way = `${from}>${to}`;
  const { random, duplicates, reordered } = paths;
  const lost = nextFraction(random) < lossOn(paths, way);
  const ms = delay(paths, way) + (chance(random, reordered) ? OVERTAKEN_MS * nextFraction(random) : 0);
  if (lost || paths.cuts.has(way)) return [];
  return chance(random, duplicates) ? [ms, delay(paths, way)] : [ms];
}

/** Draws nothing for what never happens. */
const chance = (random: Random, share: number): boolean => share > 0 && nextFraction(random) < share;

const RETRANSMIT_MS = 200;

/** A message on a connection: losses cost retransmissions. The caller looks whether the path is open. */
export function sendReliably(paths: Paths, from: HostId, to: HostId): Millis {
  const way = `${from}>${to}`;
  const loss = lossOn(paths, way);
  let ms = delay(paths, way);
  for (let pause = RETRANSMIT_MS; nextFraction(paths.random) < loss; pause *= 2) ms += pause;
  return ms;
}
