/** Everything agents say to each other over libp2p. Version 1; unknown types are ignored, not an error. */
import type { Row } from '../records/row.ts';

export const WIRE_VERSION = 1;

/** Eight bytes that name a row's exact content (see crdt/table.ts), as one number pair. */
export type Fingerprint = [number, number];

export type Message =
  /** `flood`: came by broadcast, measured and confirmed; `repair`: asked for, or handed over by a repair walk */
  | { type: 'rows'; how: 'flood' | 'repair'; rows: Row[] }
  /** to an origin: these of your rows are synced on my disk (rules R9, C6) */
  | { type: 'stored'; epoch: number; seqs: number[] }
  /** repair walk, step 1: XOR of fingerprints in each of 256 buckets */
  | { type: 'buckets'; buckets: Uint32Array }
  /** step 2: the fingerprints held in the buckets that differ */
  | { type: 'held'; buckets: { bucket: number; prints: Fingerprint[] }[] }
  /** step 3: send me these */
  | { type: 'want'; prints: Fingerprint[] }
  /** second witness when heartbeats are missing though the link stands */
  | { type: 'ping'; token: number }
  | { type: 'pong'; token: number };
