/** Readers of single values: each answers the typed value, or reports where and what was expected and answers undefined. */
import { parseNanos } from '../duration.ts';
import { parseBytes, parseNanoCpus } from './amount.ts';
import { InterpolationError, interpolate, type Lookup } from './interpolate.ts';
import { numberText } from './number.ts';
import { note, problem, type Report } from './report.ts';
import type { MapValue, ScalarValue, Value } from './tree.ts';
import { splitWords, WordsError } from './words.ts';

export interface Scope {
  report: Report;
  lookup: Lookup;
  /** `services.web.ports[0]` */
  key: string;
}

export const within = (scope: Scope, part: string | number): Scope => {
  const key =
    typeof part === 'number' ? `${scope.key}[${part}]` : scope.key === '' ? part : `${scope.key}.${part}`;
  return { ...scope, key };
};

export const reject = (value: Value, scope: Scope, message: string): undefined => {
  problem(scope.report, value.at, scope.key, message);
};

const KIND_TEXT = { map: 'a map', list: 'a list' } as const;

const describe = (value: Value): string => {
  if (value.kind !== 'scalar') return KIND_TEXT[value.kind];
  return isNull(value) ? 'nothing' : `'${value.text}'`;
};

export const expected = (value: Value, scope: Scope, what: string): undefined =>
  reject(value, scope, `expected ${what}, found ${describe(value)}`);

export const isNull = (value: Value): boolean =>
  value.kind === 'scalar' && !value.quoted && /^(|~|null|Null|NULL)$/.test(value.text);

const isFlagText = (text: string): boolean => /^(true|True|TRUE|false|False|FALSE)$/.test(text);

/** The scalar's text with variables filled in; an empty variable is noted. Undefined after broken syntax. */
const fill = (value: ScalarValue, scope: Scope): string | undefined => {
  try {
    const { text, missing } = interpolate(value.text, scope.lookup);
    for (const name of missing)
      note(scope.report, value.at, scope.key, `the variable ${name} is not set: left empty`);
    return text;
  } catch (error) {
    if (!(error instanceof InterpolationError)) throw error;
    return reject(value, scope, error.message);
  }
};

/** Text as YAML has it: an unquoted number, true or null is something else and must be quoted. */
export const readText = (value: Value, scope: Scope): string | undefined => {
  if (value.kind !== 'scalar' || isNull(value)) return expected(value, scope, 'text');
  const isOther = isFlagText(value.text) || numberText(value.text) !== undefined;
  if (!value.quoted && isOther)
    return reject(value, scope, `expected text, found ${value.text}; write "${value.text}"`);
  return fill(value, scope);
};

/** Text, number or flag, for places where YAML's types do not matter. */
const readAnyText = (value: Value, scope: Scope, what: string): string | undefined =>
  value.kind !== 'scalar' || isNull(value) ? expected(value, scope, what) : fill(value, scope);

/** Text that `parse` understands; numbers need no quotes. */
export const readParsed = <T>(
  value: Value,
  scope: Scope,
  what: string,
  parse: (text: string) => T | undefined,
): T | undefined => {
  const text = readAnyText(value, scope, what);
  if (text === undefined) return undefined;
  const parsed = parse(text);
  return parsed === undefined ? reject(value, scope, `expected ${what}, found '${text}'`) : parsed;
};

export const readInteger = (
  value: Value,
  scope: Scope,
  min: number,
  max: number,
  what: string,
): number | undefined =>
  readParsed(value, scope, what, (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : -1;
    return number >= min && number <= max ? number : undefined;
  });

export const readCount = (value: Value, scope: Scope): number | undefined =>
  readInteger(value, scope, 0, Number.MAX_SAFE_INTEGER, 'a whole number, 0 or more');

export const readFlag = (value: Value, scope: Scope): boolean | undefined =>
  readParsed(value, scope, 'true or false', (text) =>
    isFlagText(text) ? text.toLowerCase() === 'true' : undefined,
  );

export const readNanos = (value: Value, scope: Scope): number | undefined =>
  readParsed(value, scope, 'a duration with its unit, such as 10s or 1m30s', parseNanos);

export const readBytes = (value: Value, scope: Scope): number | undefined =>
  readParsed(value, scope, 'an amount of memory, such as 64m or 1.5g', parseBytes);

export const readNanoCpus = (value: Value, scope: Scope): number | undefined =>
  readParsed(value, scope, "a number of cores, such as '0.5'", parseNanoCpus);

export const readChoice = <T extends string>(
  value: Value,
  scope: Scope,
  choices: readonly T[],
): T | undefined =>
  readParsed(value, scope, `one of ${choices.join(', ')}`, (text) =>
    choices.find((choice) => choice === text),
  );

/** Every item by `read`; items that fail are reported and left out. */
export const readList = <T>(
  value: Value,
  scope: Scope,
  what: string,
  read: (item: Value, scope: Scope) => T | undefined,
): T[] | undefined => {
  if (value.kind !== 'list') return expected(value, scope, `a list of ${what}`);
  const items = value.items.map((item, index) => read(item, within(scope, index)));
  return items.filter((item) => item !== undefined);
};

/** A list of words, or one text that is split as a shell splits it. Null: as the image has it. */
export const readWords = (value: Value, scope: Scope): string[] | undefined => {
  if (isNull(value)) return undefined;
  if (value.kind === 'list') return readList(value, scope, 'texts', readText);
  if (value.kind === 'map') return expected(value, scope, 'text or a list of texts');
  const text = readText(value, scope);
  if (text === undefined) return undefined;
  try {
    return splitWords(text);
  } catch (error) {
    if (!(error instanceof WordsError)) throw error;
    return reject(value, scope, error.message);
  }
};

const pairOf = (
  item: Value,
  scope: Scope,
): { item: Value; name: string; text: string | null } | undefined => {
  const text = readText(item, scope);
  if (text === undefined) return undefined;
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (name === '') return reject(item, scope, `expected KEY=VALUE, found '${text}'`);
  return { item, name, text: equals < 0 ? null : text.slice(equals + 1) };
};

/** What Docker makes of an unquoted number; said when it is not what was written. */
const mappedText = (value: Value, scope: Scope): string | null | undefined => {
  if (isNull(value)) return null;
  const text = readAnyText(value, scope, 'text, a number, true, false or nothing');
  if (text === undefined || value.kind !== 'scalar' || value.quoted || text !== value.text) return text;
  const number = numberText(text) ?? text;
  if (number !== text) {
    note(
      scope.report,
      value.at,
      scope.key,
      `YAML reads ${text} as the number ${number}; quote it to keep it`,
    );
  }
  return number;
};

const readMapping = (map: MapValue, scope: Scope): Map<string, string | null> => {
  const pairs = new Map<string, string | null>();
  for (const [name, { keyAt, value }] of map.entries) {
    if (name === '') problem(scope.report, keyAt, scope.key, 'expected a name before the colon');
    const text = mappedText(value, within(scope, name));
    if (text !== undefined) pairs.set(name, text);
  }
  return pairs;
};

/** A map or a list of KEY=VALUE; null where there is no value. */
export const readPairs = (value: Value, scope: Scope): Map<string, string | null> | undefined => {
  if (isNull(value)) return new Map();
  if (value.kind === 'map') return readMapping(value, scope);
  if (value.kind === 'scalar') return expected(value, scope, 'a map, or a list of KEY=VALUE');
  const pairs = readList(value, scope, 'KEY=VALUE', pairOf) ?? [];
  return new Map(pairs.map(({ name, text }) => [name, text]));
};

export const readLabels = (value: Value, scope: Scope): Map<string, string> | undefined => {
  const pairs = readPairs(value, scope);
  return pairs && new Map([...pairs].map(([name, text]) => [name, text ?? '']));
};
