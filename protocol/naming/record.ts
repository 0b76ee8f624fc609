/** One record of our zone before it meets a message. */
import type { Part } from './wire.ts';

/** The records name what lives now: nothing may hold them longer than the mesh takes to notice a death. */
export const TTL_SECONDS = 1;
/** A set above this is answered as a random part of itself: resolvers refuse larger ones. */
export const RECORDS_MAX = 100;

export interface ZoneRecord {
  parts: readonly Part[];
  /** the data as dig prints it; two records of a set with the same text are one */
  text: string;
  /** on the asker's own host: answered before the others */
  near?: boolean;
  /** addresses (4 bytes each) of the name that stands `at` bytes into the data, for the additional section */
  glue?: { at: number; addresses: Uint8Array[] };
}

/** The first `near` records are on the asker's own host. */
export interface RecordSet {
  records: readonly ZoneRecord[];
  near: number;
}
