/** YAML text -> plain values that know their position; aliases and merge keys are resolved here. */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml';
import type { Position } from './position.ts';
import { problem, type Report } from './report.ts';

export type Value = MapValue | ListValue | ScalarValue;

export interface MapValue {
  kind: 'map';
  at: Position;
  entries: Map<string, { keyAt: Position; value: Value }>;
}

export interface ListValue {
  kind: 'list';
  at: Position;
  items: Value[];
}

/** `text` as written; variables are not filled in yet. `quoted`: text even when it looks like a number or null. */
export interface ScalarValue {
  kind: 'scalar';
  at: Position;
  text: string;
  quoted: boolean;
}

/** Aliases can grow a small file without bound; no honest compose file comes near this. */
const MAX_VALUES = 100_000;

const STANDARD_TAG = 'tag:yaml.org,2002:';

interface Build {
  file: string;
  lines: LineCounter;
  document: Document;
  report: Report;
  /** nodes being built: an alias to one of them would never end */
  open: Set<Node>;
  left: number;
}

const positionAt = (build: Build, offset: number): Position => {
  const { line, col } = build.lines.linePos(offset);
  return { file: build.file, line: Math.max(1, line), column: Math.max(1, col) };
};

const positionOf = (build: Build, node: Node | null): Position => positionAt(build, node?.range?.[0] ?? 0);

const nothing = (at: Position): ScalarValue => ({ kind: 'scalar', at, text: '', quoted: false });

const buildScalar = (build: Build, node: Scalar, at: Position): ScalarValue => {
  const tag = node.tag?.replace(STANDARD_TAG, '') ?? '';
  if (!['', '!', 'str', 'int', 'float', 'bool', 'null'].includes(tag)) {
    problem(build.report, at, '', `the tag ${node.tag} is not known here; remove it`);
  }
  const text = node.value === null || node.value === undefined ? '' : String(node.value);
  const quoted = tag === 'str' || tag === '!' || (node.type !== undefined && node.type !== Scalar.PLAIN);
  return { kind: 'scalar', at, text, quoted };
};

const isMergeKey = (pair: Pair): boolean =>
  isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === Scalar.PLAIN;

/** `<<` takes one map or a list of maps; keys of the map itself win, then those of earlier maps. */
const mergeInto = (build: Build, target: MapValue, node: Node | null): void => {
  const merged = buildValue(build, node);
  const maps = merged.kind === 'list' ? merged.items : [merged];
  for (const map of maps) {
    if (map.kind !== 'map') {
      problem(build.report, map.at, '<<', 'expected a map, or a list of maps, to merge');
      continue;
    }
    for (const [key, entry] of map.entries) if (!target.entries.has(key)) target.entries.set(key, entry);
  }
};

const asNode = (part: unknown): Node | null =>
  isScalar(part) || isMap(part) || isSeq(part) || isAlias(part) ? part : null;

const buildMap = (build: Build, node: YAMLMap, at: Position): MapValue => {
  const map: MapValue = { kind: 'map', at, entries: new Map() };
  for (const pair of node.items) {
    if (isMergeKey(pair)) continue;
    const key = asNode(pair.key);
    const keyAt = positionOf(build, key);
    const value = asNode(pair.value);
    if (!isScalar(key)) problem(build.report, keyAt, '', 'expected plain text as key');
    else
      map.entries.set(String(key.value ?? ''), {
        keyAt,
        value: value ? buildValue(build, value) : nothing(keyAt),
      });
  }
  for (const pair of node.items) if (isMergeKey(pair)) mergeInto(build, map, asNode(pair.value));
  return map;
};

const buildValue = (build: Build, node: Node | null): Value => {
  const at = positionOf(build, node);
  if (node === null || build.left-- <= 0) return nothing(at);
  if (isScalar(node)) return buildScalar(build, node, at);
  if (isAlias(node)) {
    const source = node.resolve(build.document);
    if (source && !build.open.has(source)) return buildValue(build, source);
    problem(
      build.report,
      at,
      '',
      `the alias *${node.source} ${source ? 'contains itself' : 'names no anchor'}`,
    );
    return nothing(at);
  }
  build.open.add(node);
  let value: Value = nothing(at);
  if (isMap(node)) value = buildMap(build, node, at);
  else if (isSeq(node))
    value = { kind: 'list', at, items: node.items.map((item) => buildValue(build, asNode(item))) };
  build.open.delete(node);
  return value;
};

/** The parser's text without the picture of the line it appends. */
const firstLine = (message: string): string => message.split(/ at line \d+|\n/)[0]!;

/**
 * Parses one file. Scalars stay text (`failsafe`), since only the reader of a key knows whether `1.10` is a number.
 * Syntax errors go to `report`, and then there is no value.
 */
export const parseTree = (file: string, text: string, report: Report): Value | undefined => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'failsafe', logLevel: 'silent' });
  const build: Build = { file, lines, document, report, open: new Set(), left: MAX_VALUES };
  const [first] = document.errors;
  for (const error of document.errors) {
    // one slip of syntax makes the parser stumble over the rest of the file; double keys are mistakes of their own
    if (error !== first && error.code !== 'DUPLICATE_KEY') continue;
    problem(report, positionAt(build, error.pos[0]), '', `not valid YAML: ${firstLine(error.message)}`);
  }
  if (document.errors.length > 0) return undefined;
  const value = buildValue(build, document.contents);
  if (build.left <= 0)
    problem(report, value.at, '', `more than ${MAX_VALUES} values once its aliases are followed`);
  return value;
};
