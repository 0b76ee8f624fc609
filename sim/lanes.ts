/** Tracks of a timeline as bars of a chart: hosts, links, slots. */
import type { Millis } from '../protocol/time.ts';
import { type Line, type Step, secondsOf, type Timeline, type Track, tracksOf } from './timeline.ts';

export interface Bar {
  fromMs: Millis;
  toMs: Millis;
  /** class of the page's style sheet */
  look: string;
  /** a colour that is no class: one of the hosts' */
  fill?: string;
  y: number;
  height: number;
  title: string;
}

/** One row of the chart; heights are pixels. */
export interface Lane {
  name: string;
  height: number;
  bars: Bar[];
}

const HOST_HEIGHT = 16;
const SEEN_HEIGHT = 6;
const LINK_HEIGHT = 9;
const SLOT_HEIGHT = 8;
const GAP = 3;

interface Stretch {
  fromMs: Millis;
  toMs: Millis;
  value: string;
}

/** The stretches of a track in which something was there. */
function stretches(steps: readonly Step[], endMs: Millis): Stretch[] {
  return steps.flatMap(({ atMs, value }, i) =>
    value === null ? [] : [{ fromMs: atMs, toMs: steps[i + 1]?.atMs ?? endMs, value }],
  );
}

const span = (name: string, { fromMs, toMs, value }: Stretch): string =>
  `${name}: ${value}, ${secondsOf(fromMs).trim()} to ${secondsOf(toMs).trim()} s`;

const lookOf = (value: string): string => value.split(' ')[0]?.toLowerCase() ?? '';

export function hostLanes(timeline: Timeline): Lane[] {
  const views = tracksOf(timeline, 'verdict');
  return timeline.hosts.map((host) => {
    const machine = tracksOf(timeline, 'machine').filter((track) => track.host === host);
    const bars = machine.flatMap(({ steps }) =>
      stretches(steps, timeline.endMs).map((s) => ({
        ...s,
        look: `machine ${lookOf(s.value)}`,
        y: GAP,
        height: HOST_HEIGHT - GAP,
        title: span(host, s),
      })),
    );
    const seen = views
      .filter((track) => track.key === host)
      .flatMap((track) => seenFailed(track, timeline.endMs, timeline.hosts.length));
    return { name: host, height: HOST_HEIGHT + SEEN_HEIGHT + GAP, bars: [...bars, ...seen] };
  });
}

/** A strip per observer, see-through: where more of them agree it is darker. */
const seenFailed = (track: Track, endMs: Millis, hosts: number): Bar[] =>
  stretches(track.steps, endMs)
    .filter(({ value }) => value === 'failed' || value === 'suspect')
    .map((s) => ({
      ...s,
      look: `seen ${s.value} of${Math.min(9, hosts)}`,
      y: HOST_HEIGHT,
      height: SEEN_HEIGHT,
      title: span(`${track.host} sees ${track.key}`, s),
    }));

/** Links that were ever cut; one lane for both directions when they were cut together. */
export function linkLanes(timeline: Timeline): Lane[] {
  const cuts = tracksOf(timeline, 'link').filter(({ steps }) => steps.some(({ value }) => value !== null));
  const textOf = (host: string, key: string): string =>
    JSON.stringify(cuts.find((track) => track.host === host && track.key === key)?.steps);
  const lanes = cuts.flatMap(({ host, key, steps }) => {
    const isBothWays = textOf(key, host) === JSON.stringify(steps);
    if (isBothWays && host > key) return [];
    return [linkLane(`${host} ${isBothWays ? '-' : '>'} ${key}`, steps, timeline.endMs)];
  });
  return lanes.sort((a, b) => compare(a.name, b.name));
}

function linkLane(name: string, steps: Step[], endMs: Millis): Lane {
  const place = { y: GAP, height: LINK_HEIGHT };
  const open: Bar = { fromMs: 0, toMs: endMs, look: 'open', ...place, title: `${name}: open` };
  const cuts = stretches(steps, endMs).map((s) => ({ ...s, look: 'cut', ...place, title: span(name, s) }));
  return { name, height: LINK_HEIGHT + GAP, bars: [open, ...cuts] };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const COLOURS = [
  '#3b7dd8',
  '#e08a2c',
  '#3d9e5f',
  '#b05bc4',
  '#c9443f',
  '#2fa3a8',
  '#8a6d4b',
  '#d66fa4',
  '#6b7280',
];

export const colourOf = (timeline: Timeline, host: string): string =>
  COLOURS[timeline.hosts.indexOf(host) % COLOURS.length] ?? '#6b7280';

/** Without those of somebody else. */
const ours = (timeline: Timeline): Track[] =>
  tracksOf(timeline, 'container').filter(({ key }) => !key.startsWith('other:'));

/** One row per slot: a line for each host that ever had a container of it. */
export function slotLanes(timeline: Timeline): Lane[] {
  const bySlot = Map.groupBy(ours(timeline), ({ key }) => key.split(' ')[0] ?? key);
  return [...bySlot]
    .sort(([a], [b]) => compare(a, b))
    .map(([slot, tracks]) => {
      const hosts = timeline.hosts.filter((host) => tracks.some((track) => track.host === host));
      const bars = tracks.flatMap((track) =>
        stretches(track.steps, timeline.endMs).map((s) => ({
          ...s,
          look: `container ${lookOf(s.value)}`,
          fill: colourOf(timeline, track.host),
          y: GAP + hosts.indexOf(track.host) * SLOT_HEIGHT,
          height: SLOT_HEIGHT - 1,
          title: span(`${track.key} on ${track.host}`, s),
        })),
      );
      return { name: slot, height: hosts.length * SLOT_HEIGHT + 2 * GAP, bars };
    });
}

export interface Mark {
  atMs: Millis;
  look: string;
  title: string;
}

const isMark = ({ kind }: Line): boolean => ['fault', 'command', 'phase'].includes(kind);

/** Vertical lines through the whole chart: what was done to the mesh. */
export const eventMarks = (timeline: Timeline): Mark[] =>
  timeline.lines
    .filter(isMark)
    .map(({ atMs, kind, text }) => ({ atMs, look: kind, title: `${secondsOf(atMs).trim()} s  ${text}` }));
