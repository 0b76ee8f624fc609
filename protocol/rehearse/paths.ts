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
  /** `from>to` that carries nothing */
  cuts: Set<string>;
  random: Random;
}

export const createPaths = (random: Random): Paths => ({
  delayMs: 0.2,
  jitterMs: 0.3,
  loss: 0,
  cuts: new Set(),
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

const delay = ({ delayMs, jitterMs, random }: Paths): Millis =>
  delayMs - jitterMs * Math.log(1 - nextFraction(random));

/** One datagram: how long it takes, or null when it is lost. */
export function sendDatagram(paths: Paths, from: HostId, to: HostId): Millis | null {
  const lost = nextFraction(paths.random) < paths.loss;
  const ms = delay(paths);
  return lost || !isOpen(paths, from, to) ? null : ms;
}

const RETRANSMIT_MS = 200;

/** A message on a connection: losses cost retransmissions. The caller looks whether the path is open. */
export function sendReliably(paths: Paths): Millis {
  let ms = delay(paths);
  for (let pause = RETRANSMIT_MS; nextFraction(paths.random) < paths.loss; pause *= 2) ms += pause;
  return ms;
}
