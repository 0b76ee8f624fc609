/** Texts for people: tables, trees, and the lines that say how fresh an answer is and where a change was kept. */
import { styleText } from 'node:util';
import type { Envelope, Freshness } from '../protocol/api.ts';

export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const plain = (text: string): string => text;
const PLAIN: Style = { dim: plain, bold: plain, good: plain, bad: plain };

const paint =
  (format: Parameters<typeof styleText>[0]) =>
  (text: string): string =>
    styleText(format, text, { validateStream: false });

const COLOURED: Style = { dim: paint('dim'), bold: paint('bold'), good: paint('green'), bad: paint('red') };

/** Colour only on a terminal, and not where NO_COLOR asks for none. */
export const createStyle = (isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Style =>
  isTerminal && !env.NO_COLOR && env.TERM !== 'dumb' ? COLOURED : PLAIN;

/** Control characters of foreign texts (messages, names) must not drive the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
export const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').trim();

/** Painted after its width is known. */
export type Cell = string | { text: string; paint: (text: string) => string };

const cellText = (cell: Cell | undefined): string =>
  oneLine(typeof cell === 'object' ? cell.text : (cell ?? '')) || '-';

/** Columns as wide as their widest cell, two blanks apart; the head in capitals; `-` for what is empty. */
export const table = (head: readonly string[], rows: readonly (readonly Cell[])[], style: Style): string => {
  const titles = head.map((title) => ({ text: title.toUpperCase(), paint: style.bold }));
  const all: (readonly Cell[])[] = [titles, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => cellText(row[column]).length)));
  const draw = (row: readonly Cell[], column: number): string => {
    const cell = row[column];
    const text = cellText(cell);
    const isLast = column === head.length - 1;
    const painted = typeof cell === 'object' ? cell.paint(text) : text;
    return isLast ? painted : painted + ' '.repeat(widths[column]! - text.length + 2);
  };
  return all.map((row) => head.map((_, column) => draw(row, column)).join('')).join('\n');
};

const isComposite = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Any object as indented `key: value` lines. */
export const tree = (value: object, indent = ''): string =>
  Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .map(([key, child]) => {
      const name = Array.isArray(value) ? '-' : `${key}:`;
      if (!isComposite(child)) return `${indent}${name} ${child === null ? '-' : oneLine(String(child))}`;
      return Object.keys(child).length === 0
        ? `${indent}${name} -`
        : `${indent}${name}\n${tree(child, `${indent}  `)}`;
    })
    .join('\n');

/** `0.8 s`, `12 s`, `5 min`, `3 h`, `2 d`. */
export const span = (ms: number): string => {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} d`;
};

/** Time since an ISO date, by this machine's clock. */
export const since = (date: string | null, now = Date.now()): string => {
  const then = date === null ? Number.NaN : Date.parse(date);
  return Number.isNaN(then) ? '-' : span(now - then);
};

export const mille = (value: number): string => `${(value / 10).toFixed(0)} %`;

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

export const bytes = (count: number): string => {
  const power = count < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(count) / 10));
  const amount = count / 1024 ** power;
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[power]}`;
};

const heard = ({ heardMsAgo }: Freshness['hosts'][number]): string =>
  heardMsAgo === null ? 'never heard' : `heard ${span(heardMsAgo)} ago`;

const silence = (name: string, freshness: Freshness): string => {
  const host = freshness.hosts.find((other) => other.name === name);
  return host ? `${name} (${host.state}, ${heard(host)})` : name;
};

/** `answered by a; news of 2 other hosts, at most 0.8 s old; no answer from c (failed, heard 12 s ago)`. */
export const freshnessLine = (freshness: Freshness): string => {
  const silent = new Set(freshness.silent);
  const others = freshness.hosts.filter(({ name }) => name !== freshness.host && !silent.has(name));
  const oldest = Math.max(...others.map(({ heardMsAgo }) => heardMsAgo ?? 0));
  const news = `news of ${others.length} other host${others.length === 1 ? '' : 's'}, at most ${span(oldest)} old`;
  const parts = [`answered by ${freshness.host}`];
  if (others.length > 0) parts.push(news);
  if (silent.size > 0)
    parts.push(`no answer from ${[...silent].map((name) => silence(name, freshness)).join(', ')}`);
  return parts.join('; ');
};

/** `kept here and on 3 of 4 neighbours`. */
export const keptLine = ({ others, of }: NonNullable<Envelope<unknown>['kept']>): string => {
  if (of === 0) return 'kept here alone: no neighbour is alive to keep it too';
  return `kept here and on ${others} of ${of} neighbour${of === 1 ? '' : 's'}`;
};
