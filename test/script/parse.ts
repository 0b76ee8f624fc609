/**
 * Script text -> blocks. A block is one or more command lines, `----`, and the exact output up to an empty line.
 * Everything else (comments, empty lines) is kept as it is, so that a rewritten file differs in outputs only.
 */
export interface Script {
  parts: (Prose | Block)[];
}

export interface Prose {
  kind: 'prose';
  lines: string[];
}

export interface Block {
  kind: 'block';
  /** number of the first command's line in the file, from 1 */
  line: number;
  commands: string[];
  output: string[];
}

const RULE = '----';

export function parseScript(text: string): Script {
  const lines = text.trimEnd().split('\n');
  const parts: Script['parts'] = [];
  for (let at = 0; at < lines.length; ) {
    const isProse = lines[at] === '' || lines[at]?.startsWith('#');
    const end = isProse ? endOf(lines, at, isCommand) : blockEnd(lines, at);
    parts.push(isProse ? { kind: 'prose', lines: lines.slice(at, end) } : readBlock(lines, at, end));
    at = end;
  }
  return { parts };
}

const isCommand = (line: string): boolean => line !== '' && !line.startsWith('#');

/** Index of the first line at or after `from` of which `stops` is true. */
function endOf(lines: string[], from: number, stops: (line: string) => boolean): number {
  const found = lines.findIndex((line, at) => at >= from && stops(line));
  return found < 0 ? lines.length : found;
}

function blockEnd(lines: string[], from: number): number {
  const rule = endOf(lines, from, (line) => line === RULE || line === '');
  return lines[rule] === RULE ? endOf(lines, rule, (line) => line === '') : rule;
}

function readBlock(lines: string[], from: number, end: number): Block {
  const rule = Math.min(
    end,
    endOf(lines, from, (line) => line === RULE),
  );
  return {
    kind: 'block',
    line: from + 1,
    commands: lines.slice(from, rule),
    output: lines.slice(rule + 1, end),
  };
}

export function printScript(script: Script): string {
  const lines = script.parts.flatMap((part) =>
    part.kind === 'prose' ? part.lines : [...part.commands, RULE, ...part.output],
  );
  return `${lines.join('\n')}\n`;
}

export interface Args {
  words: string[];
  options: Map<string, string>;
}

/** `deploy web replicas=3 "constraint=node.labels.disk == ssd"` -> words and options. */
export function parseArgs(line: string): Args {
  const args: Args = { words: [], options: new Map() };
  for (const [, quoted, plain] of line.matchAll(/"([^"]*)"|(\S+)/g)) {
    const word = quoted ?? plain ?? '';
    const pair = /^([a-z]+)=(.*)$/.exec(word);
    if (pair) args.options.set(pair[1] ?? '', pair[2] ?? '');
    else args.words.push(word);
  }
  return args;
}

export function word(args: Args, at: number, what: string): string {
  const found = args.words[at];
  if (found === undefined) throw new Error(`${what} is missing`);
  return found;
}

export const numberOption = (args: Args, name: string, otherwise: number): number =>
  Number(args.options.get(name) ?? otherwise);

const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** `500ms`, `3s`, `35d` -> milliseconds. */
export function millis(text: string): number {
  const match = /^([+-]?[\d.]+)(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new Error(`'${text}' is no duration: write 500ms, 3s, 5m, 2h or 35d`);
  return Number(match[1]) * (UNIT_MS.get(match[2] ?? '') ?? 0);
}
