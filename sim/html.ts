/**
 * A run as one page that needs nothing else: what happened, the hosts, their links and their slots over time, and every
 * line of the timeline. Plain HTML, inline SVG, a few lines of script for the zoom and for hiding kinds of lines.
 */
import type { Millis } from '../protocol/time.ts';
import { colourOf, eventMarks, hostLanes, type Lane, linkLanes, slotLanes } from './lanes.ts';
import { LEGEND, SCRIPT, STYLE } from './page.ts';
import { LINE_KINDS, secondsOf, type Timeline } from './timeline.ts';

export interface PageFacts {
  title: string;
  /** one line: what came out */
  result: string;
  isBad: boolean;
  /** broken invariants, one a line */
  failures: string[];
  options: Record<string, unknown>;
}

export function pageOf(timeline: Timeline, facts: PageFacts): string {
  const sections = [
    section(
      'Hosts',
      'What each machine was, and below it how many others saw it failed.',
      hostLanes(timeline),
    ),
    section('Links', 'Red: nothing passes in that direction.', linkLanes(timeline)),
    section('Slots', 'Containers by host. More than one bar at a time is a duplicate.', slotLanes(timeline)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(facts.title)}</title><style>${STYLE}</style></head><body>
<header><h1>${escapeHtml(facts.title)}</h1><p class="result ${facts.isBad ? 'bad' : 'good'}">${escapeHtml(facts.result)}</p>
${facts.failures.map((line) => `<p class="failure">${escapeHtml(line)}</p>`).join('\n')}
<dl>${Object.entries(facts.options).map(optionHtml).join('')}</dl>
<label class="zoom">Zoom <input id="zoom" type="range" min="0" max="6" step="0.1" value="0"> <output>1x</output></label></header>
<main><p class="legend">${legend(timeline)}</p><div class="chart"><div class="names">${namesHtml(sections)}</div>
<div class="scroll"><div class="time">${axis(timeline.endMs)}${sections.map(({ lanes }) => lanesHtml(lanes, timeline)).join('\n')}
${marksHtml(timeline)}</div></div></div>
<h2>Timeline</h2><p class="kinds">${LINE_KINDS.filter((kind) =>
    timeline.lines.some((line) => line.kind === kind),
  )
    .map((kind) => `<label><input type="checkbox" checked data-kind="${kind}"> ${kind}</label>`)
    .join(' ')}</p>
${table(timeline)}</main><script>${SCRIPT}</script></body></html>
`;
}

const swatch = (look: string, fill: string, name: string): string =>
  `<span><svg viewBox="0 0 14 10"><rect class="${look}" width="14" height="10"${fill ? ` style="fill:${fill}"` : ''}/></svg>${escapeHtml(name)}</span>`;

const legend = (timeline: Timeline): string =>
  [
    ...LEGEND.map(([look, name]) => swatch(look, '', name)),
    ...timeline.hosts.map((host) => swatch('container', colourOf(timeline, host), `container on ${host}`)),
  ].join('');

interface Section {
  title: string;
  about: string;
  lanes: Lane[];
}

const section = (title: string, about: string, lanes: Lane[]): Section => ({ title, about, lanes });

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const optionHtml = ([name, value]: [string, unknown]): string =>
  `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(typeof value === 'string' ? value : JSON.stringify(value))}</dd></div>`;

const namesHtml = (sections: Section[]): string =>
  `<div class="axis"></div>${sections
    .map(
      ({ title, about, lanes }) =>
        `<h2 title="${escapeHtml(about)}">${title}</h2>${lanes.map(({ name, height }) => `<div style="height:${height}px">${escapeHtml(name)}</div>`).join('')}`,
    )
    .join('')}`;

const lanesHtml = (lanes: Lane[], { endMs }: Timeline): string =>
  `<h2>&nbsp;</h2>${lanes
    .map(
      ({ height, bars }) =>
        `<svg style="height:${height}px" viewBox="0 0 ${Math.max(1, endMs)} ${height}" preserveAspectRatio="none">${bars
          .map(
            (bar) =>
              `<rect class="${bar.look}" x="${Math.round(bar.fromMs)}" y="${bar.y}" width="${Math.max(1, Math.round(bar.toMs - bar.fromMs))}" height="${bar.height}"${bar.fill ? ` style="fill:${bar.fill}"` : ''}><title>${escapeHtml(bar.title)}</title></rect>`,
          )
          .join('')}</svg>`,
    )
    .join('\n')}`;

const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600];
const TICKS = 12;

function axis(endMs: Millis): string {
  const stepMs = 1000 * (STEPS_S.find((step) => endMs / 1000 / step <= TICKS) ?? 3_600);
  const ticks = Array.from({ length: Math.floor(endMs / stepMs) + 1 }, (_, i) => i * stepMs);
  return `<div class="axis">${ticks
    .map((ms) => `<span style="left:${percent(ms, endMs)}">${clock(ms, stepMs)}</span>`)
    .join('')}</div>`;
}

const clock = (ms: Millis, stepMs: Millis): string =>
  stepMs < 60_000 ? `${ms / 1000} s` : `${ms / 60_000} min`;
const percent = (ms: Millis, endMs: Millis): string => `${((100 * ms) / Math.max(1, endMs)).toFixed(3)}%`;

const marksHtml = (timeline: Timeline): string =>
  eventMarks(timeline)
    .map(
      ({ atMs, look, title }) =>
        `<i class="mark ${look}" style="left:${percent(atMs, timeline.endMs)}" title="${escapeHtml(title)}"></i>`,
    )
    .join('');

function table({ hosts, lines }: Timeline): string {
  const rows = lines.map(({ atMs, host, kind, text }) => {
    const at = host === null ? 0 : hosts.indexOf(host);
    const cells =
      host === null
        ? `<td colspan="${hosts.length}">${escapeHtml(text)}</td>`
        : `${'<td></td>'.repeat(at)}<td>${escapeHtml(text)}</td>${'<td></td>'.repeat(hosts.length - at - 1)}`;
    return `<tr class="${kind}"><th>${secondsOf(atMs)}</th>${cells}</tr>`;
  });
  return `<table><thead><tr><th>s</th>${hosts.map((host) => `<th>${escapeHtml(host)}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}
