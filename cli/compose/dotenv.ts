/** The `.env` file beside a compose file: KEY=VALUE lines that fill variables. */
import { InterpolationError, interpolate, type Lookup } from './interpolate.ts';
import type { Position } from './position.ts';
import { problem, type Report } from './report.ts';

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)$/;
const ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

const withoutEscapes = (text: string): string =>
  text.replace(/\\(.)/g, (_, letter: string) => ESCAPES.get(letter) ?? letter);

/** Single quotes keep everything; double quotes know escapes; unquoted ends at ` #`. Only single quotes keep `$`. */
const readValue = (raw: string, lookup: Lookup): string => {
  const quoted = /^'([^']*)'\s*(?:#.*)?$/.exec(raw);
  if (quoted) return quoted[1]!;
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(raw);
  if (double) return withoutEscapes(interpolate(double[1]!.replaceAll('\\$', '$$$$'), lookup).text);
  if (/^["']/.test(raw)) throw new InterpolationError('a quote is not closed on its line');
  return interpolate(raw.replace(/(^|\s)#.*$/, '').trim(), lookup).text;
};

/** Values of earlier lines and of `outer` (the caller's environment, which wins) may be used in later ones. */
export const parseDotenv = (
  file: string,
  text: string,
  outer: Lookup,
  report: Report,
): Map<string, string> => {
  const values = new Map<string, string>();
  const lookup: Lookup = (name) => outer(name) ?? values.get(name);
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const at: Position = { file, line: index + 1, column: 1 };
    const assignment = ASSIGNMENT.exec(line);
    if (!assignment) {
      problem(report, at, '', 'expected KEY=VALUE');
      continue;
    }
    try {
      values.set(assignment[1]!, readValue(assignment[2]!, lookup));
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      problem(report, at, assignment[1]!, error.message);
    }
  }
  return values;
};
