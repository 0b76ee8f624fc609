/** Draws that faults share. Times are whole milliseconds, so that a recording holds them exactly. */
import { nextFraction, type Random } from '../../protocol/random.ts';
import type { Millis } from '../../protocol/time.ts';

export const chance = (random: Random, share: number): boolean => nextFraction(random) < share;

/** Short ones are likelier, the longest stay possible. */
export const wait = (random: Random, leastMs: Millis, mostMs: Millis): Millis =>
  Math.round(leastMs + nextFraction(random) ** 3 * (mostMs - leastMs));
