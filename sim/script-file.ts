/**
 * A recording as a file: JSON with one event a line, so that a person can read it and a change of it shows. Such files
 * in test/script/seeds are the bank of seeds that once failed: each must hold every invariant for ever after.
 */
import { readFileSync } from 'node:fs';
import { integer, list, object, plain, ShapeError, text } from '../protocol/wire/shape.ts';
import type { Recording } from './event.ts';
import { type Plan, planOf } from './plan.ts';

export interface ScriptFile {
  /** what it broke when it was found */
  invariant: string;
  /** the failure as it was then, one line */
  found: string;
  recording: Recording;
}

export function scriptText({ invariant, found, recording }: ScriptFile): string {
  const events = recording.events.map((event) => `    ${JSON.stringify(event)}`);
  return `{
  "invariant": ${JSON.stringify(invariant)},
  "found": ${JSON.stringify(found)},
  "options": ${JSON.stringify(recording.options)},
  "events": [
${events.join(',\n')}
  ]
}
`;
}

/** Throws an Error of one line that names the file and what is wrong in it. */
export function readScript(path: string): ScriptFile {
  try {
    return parseScript(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const events = list(
  object({ atMs: (value, path): number => finite(value, path), what: text(100), args: plain }),
  1_000_000,
);

function parseScript(value: unknown): ScriptFile {
  const file = plain(value, 'file');
  return {
    invariant: text(500)(file.invariant, 'invariant'),
    found: text(5_000)(file.found, 'found'),
    recording: { options: parsePlan(plain(file.options, 'options')), events: events(file.events, 'events') },
  };
}

/** An option that the file is too old to know is off. */
function parsePlan(given: Record<string, unknown>): Plan {
  const seed = integer()(given.seed, 'options.seed');
  const model = planOf(seed);
  const neutral = Object.entries(model).map(([name, value]): [string, unknown] => [
    name,
    Array.isArray(value) ? [] : typeof value === 'number' ? 0 : typeof value === 'boolean' ? false : value,
  ]);
  const merged = { ...Object.fromEntries(neutral), ...given };
  for (const [name, value] of Object.entries(model)) {
    const found = Reflect.get(merged, name);
    if (typeof found !== typeof value || Array.isArray(found) !== Array.isArray(value))
      throw new ShapeError(`options.${name}: is not as in the options that a run prints`);
  }
  return Object.assign(model, merged);
}

function finite(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new ShapeError(`${path}: must be a number from 0`);
}
