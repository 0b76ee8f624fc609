/**
 * Makes a failing recording small: less time, fewer kinds of faults, fewer hosts, simpler options, then single events
 * (delta debugging). Whatever is kept still breaks the same invariant.
 */
import type { Recording } from './event.ts';

export interface ShrinkOptions {
  /** plays a candidate: does it still break the invariant that is looked for? */
  stillFails(candidate: Recording): boolean;
  /** of the wall clock: when it has passed, the smallest found so far is the answer */
  isOver(): boolean;
  /** one line for each step that made it smaller */
  say(line: string): void;
}

export interface Shrunk {
  recording: Recording;
  runs: number;
  /** false: the time was over before nothing more could be dropped */
  isDone: boolean;
}

export function shrink(recording: Recording, options: ShrinkOptions): Shrunk {
  let best = recording;
  let runs = 0;
  const keep = (candidate: Recording, why: string): boolean => {
    if (options.isOver()) return false;
    runs += 1;
    if (!options.stillFails(candidate)) return false;
    best = candidate;
    options.say(`${why}: ${best.events.length} events, ${best.options.hosts} hosts`);
    return true;
  };
  let size = '';
  // Each pass may make room for another.
  while (size !== sizeOf(best) && !options.isOver()) {
    size = sizeOf(best);
    bisectTime(() => best, keep);
    dropKinds(() => best, keep);
    dropHosts(() => best, keep);
    simplify(() => best, keep);
    minimise(() => best, keep);
  }
  return { recording: best, runs, isDone: !options.isOver() };
}

/** Faults begin when the mesh stands: before that no event is drawn. */
const START_UP_MS = 4_000;
/** Nobody reads a run by less. */
const STEP_MS = 500;
const SHORT_JITTER_MS = 0.3;

const sizeOf = (recording: Recording): string => JSON.stringify([recording.options, recording.events.length]);

type Keep = (candidate: Recording, why: string) => boolean;

const withEvents = (recording: Recording, events: Recording['events']): Recording => ({
  ...recording,
  events,
});

/** The shortest beginning that fails: halves the events as long as those fail as well, then the time after the last. */
function bisectTime(best: () => Recording, keep: Keep): void {
  let passes = 0;
  let fails = best().events.length;
  while (fails - passes > 1) {
    const middle = (passes + fails) >> 1;
    if (keep(withEvents(best(), best().events.slice(0, middle)), `the first ${middle} events`))
      fails = middle;
    else passes = middle;
  }
  let shortMs = Math.max(0, (best().events.at(-1)?.atMs ?? 0) + 1 - START_UP_MS);
  while (best().options.chaosMs - shortMs > STEP_MS) {
    const chaosMs = Math.round((best().options.chaosMs + shortMs) / 2);
    if (!keep(withOptions(best(), { chaosMs }), `${Math.round(chaosMs / 1000)} s of faults`))
      shortMs = chaosMs;
  }
}

const withOptions = (recording: Recording, over: Partial<Recording['options']>): Recording => ({
  ...recording,
  options: { ...recording.options, ...over },
});

/** A network that loses nothing, hosts that all come back: each by itself. */
function simplify(best: () => Recording, keep: Keep): void {
  const { options } = best();
  if (options.loss > 0) keep(withOptions(best(), { loss: 0 }), 'no loss');
  if (options.jitterMs > SHORT_JITTER_MS)
    keep(withOptions(best(), { jitterMs: SHORT_JITTER_MS }), 'short delays');
  if (options.isCoded) keep(withOptions(best(), { isCoded: false }), 'without the codec');
  for (const host of options.rest)
    keep(
      withOptions(best(), { rest: best().options.rest.filter((name) => name !== host) }),
      `${host} comes back`,
    );
}

function dropKinds(best: () => Recording, keep: Keep): void {
  for (const kind of new Set(best().events.map(({ what }) => what))) {
    const events = best().events.filter(({ what }) => what !== kind);
    keep(withEvents(best(), events), `no ${kind}`);
  }
}

/** The last host goes, with every event that names it. */
function dropHosts(best: () => Recording, keep: Keep): void {
  for (let hosts = best().options.hosts - 1; hosts > 0; hosts--) {
    const gone = JSON.stringify(`h${hosts + 1}`);
    const events = best().events.filter(({ args }) => !JSON.stringify(args ?? null).includes(gone));
    const rest = best().options.rest.filter((name) => name !== `h${hosts + 1}`);
    const fewer = withOptions(withEvents(best(), events), { hosts, rest });
    if (!keep(fewer, `without h${hosts + 1}`)) return;
  }
}

/** ddmin: drops ever smaller pieces until no single event can go. */
function minimise(best: () => Recording, keep: Keep): void {
  let pieces = 2;
  while (best().events.length > 0) {
    const { events } = best();
    const length = Math.ceil(events.length / pieces);
    let isSmaller = false;
    for (let from = 0; from < events.length && !isSmaller; from += length) {
      const rest = [...events.slice(0, from), ...events.slice(from + length)];
      isSmaller = keep(withEvents(best(), rest), 'fewer events');
    }
    if (isSmaller) pieces = Math.max(2, pieces - 1);
    else if (length === 1) return;
    else pieces = Math.min(events.length, pieces * 2);
  }
}
