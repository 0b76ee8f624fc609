/**
 * Makes a failing recording small: less time, fewer kinds of faults, fewer hosts, simpler options, then single events
 * (delta debugging). Whatever is kept still breaks the same invariant.
 */
import type { Millis } from '../protocol/time.ts';
import type { Recording } from './event.ts';

export interface ShrinkOptions {
  /** plays a candidate: does it still break the invariant that is looked for? */
  stillFails(candidate: Recording): boolean;
  /** the run ends its faults then, instead of where it did */
  withLength(recording: Recording, ms: Millis): Recording;
  /** versions of the recording with one option made simpler, to be tried one by one */
  simpler(recording: Recording): Recording[];
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
    bisectTime(() => best, options, keep);
    dropKinds(() => best, keep);
    dropHosts(() => best, keep);
    for (const candidate of options.simpler(best)) keep(candidate, 'simpler options');
    minimise(() => best, keep);
  }
  return { recording: best, runs, isDone: !options.isOver() };
}

const sizeOf = (recording: Recording): string => JSON.stringify([recording.options, recording.events.length]);

type Keep = (candidate: Recording, why: string) => boolean;

const withEvents = (recording: Recording, events: Recording['events']): Recording => ({
  ...recording,
  events,
});

/** The shortest beginning that fails: halves the end of the run as long as that fails as well. */
function bisectTime(best: () => Recording, { withLength }: ShrinkOptions, keep: Keep): void {
  const times = best().events.map(({ atMs }) => atMs);
  let passes = 0;
  let fails = times.length;
  while (fails - passes > 1) {
    const middle = (passes + fails) >> 1;
    const events = best().events.slice(0, middle);
    const lengthMs = (events.at(-1)?.atMs ?? 0) + 1;
    if (keep(withLength(withEvents(best(), events), lengthMs), `the first ${Math.ceil(lengthMs / 1000)} s`))
      fails = middle;
    else passes = middle;
  }
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
    if (!keep({ ...best(), options: { ...best().options, hosts }, events }, `without h${hosts + 1}`)) return;
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
