/**
 * What happened in a run, for people: one line for each state change, one column for each host. Filled in by watch.ts;
 * drawn as a page by html.ts.
 */
import type { Millis } from '../protocol/time.ts';

export const LINE_KINDS = [
  'fault',
  'command',
  'phase',
  'machine',
  'verdict',
  'claim',
  'container',
  'name',
  'message',
] as const;
export type LineKind = (typeof LINE_KINDS)[number];

export interface Line {
  /** since the start of the run, as everywhere here */
  atMs: Millis;
  /** null: it concerns the whole mesh */
  host: string | null;
  kind: LineKind;
  text: string;
}

/** From `atMs` until the next step of its track; null: nothing there. */
export interface Step {
  atMs: Millis;
  value: string | null;
}

/** One thing over time: the machine of a host, one link in one direction, one container, one host's view of another. */
export interface Track {
  host: string;
  /** inside its host: `h2` of a link or a view, `web.1 NAME` of a container */
  key: string;
  steps: Step[];
}

export interface Timeline {
  hosts: string[];
  endMs: Millis;
  lines: Line[];
  tracks: Map<LineKind | 'link', Map<string, Track>>;
}

export const createTimeline = (): Timeline => ({ hosts: [], endMs: 0, lines: [], tracks: new Map() });

export function trackOf(timeline: Timeline, kind: LineKind | 'link', host: string, key: string): Track {
  const all = timeline.tracks.get(kind) ?? new Map<string, Track>();
  timeline.tracks.set(kind, all);
  const id = `${host} ${key}`;
  const track = all.get(id) ?? { host, key, steps: [] };
  all.set(id, track);
  return track;
}

export const tracksOf = (timeline: Timeline, kind: LineKind | 'link'): Track[] => [
  ...(timeline.tracks.get(kind)?.values() ?? []),
];

export const secondsOf = (ms: Millis): string => (ms / 1000).toFixed(2).padStart(8);

const WIDEST = 34;
const NARROWEST = 14;
const TIME_WIDTH = 10;

/** A column may be overrun to its right by its own line: there is one entry in each. */
export function printTimeline({ hosts, lines }: Timeline, width = 120): string[] {
  const room = Math.floor((width - TIME_WIDTH) / Math.max(1, hosts.length));
  const column = Math.max(NARROWEST, Math.min(WIDEST, room));
  const head = `${'seconds'.padStart(8)}  ${hosts.map((host) => host.padEnd(column)).join('')}`.trimEnd();
  const rule = `${'-'.repeat(8)}  ${hosts.map(() => `${'-'.repeat(column - 1)} `).join('')}`.trimEnd();
  const body = lines.map(({ atMs, host, text }) => {
    const at = host === null ? -1 : hosts.indexOf(host);
    const before = '.'.padEnd(column).repeat(Math.max(0, at));
    return `${secondsOf(atMs)}  ${at < 0 ? `== ${text}` : before + text}`;
  });
  return [head, rule, ...body];
}

/** Whole-mesh lines that are known from elsewhere (what the run did), put in their places. */
export function addLines(timeline: Timeline, lines: readonly Line[]): void {
  const all = [
    ...timeline.lines.map((line) => ({ line, first: 1 })),
    ...lines.map((line) => ({ line, first: 0 })),
  ];
  // What was done comes before what came of it.
  all.sort((a, b) => a.line.atMs - b.line.atMs || a.first - b.first);
  timeline.lines = all.map(({ line }) => line);
}
