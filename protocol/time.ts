/** Milliseconds. `now` in every input is monotonic since an arbitrary start; `wall` is Unix time. */
export type Millis = number;

/**
 * Hybrid logical clock (Kulkarni et al. 2014) packed in one integer: Unix milliseconds x 2048 + counter.
 * It stays below 2^53 until the year 2109.
 */
export type Hlc = number;

const COUNTER_SPAN = 2048;

export const hlcFromWall = (wall: Millis): Hlc => Math.max(0, Math.floor(wall)) * COUNTER_SPAN;
export const hlcWall = (hlc: Hlc): Millis => Math.floor(hlc / COUNTER_SPAN);

/** The next stamp of a local write: never behind the wall clock nor behind anything seen. */
export const hlcTick = (seen: Hlc, wall: Millis): Hlc => Math.max(seen + 1, hlcFromWall(wall));

/**
 * A stamp as sortable text of 25 characters: 11 of the clock, 14 of the writer's id. It names objects (rule R3:
 * object id = creation stamp) and generations, looks like a Docker id, and two are compared as plain strings.
 */
type Stamp = string;

export const stampText = (hlc: Hlc, origin: string): Stamp =>
  hlc.toString(36).padStart(11, '0') + origin.slice(0, 14).padEnd(14, '0');
