/** Seeded generator kept in the core's state (mulberry32), so that a recorded run replays bit for bit. */
export interface Random {
  seed: number;
}

export const createRandom = (seed: number): Random => ({ seed: seed >>> 0 });

/** Uniform in [0, 1). */
export function nextFraction(random: Random): number {
  random.seed = (random.seed + 0x6d2b79f5) >>> 0;
  let t = random.seed;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

/** Uniform integer in [0, bound). */
export const nextBelow = (random: Random, bound: number): number => Math.floor(nextFraction(random) * bound);

/** 32-bit FNV-1a of text with a final avalanche: rings, buckets and tie-breaks; not for untrusted integrity. */
export function hash32(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h ^= h >>> 16;
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
