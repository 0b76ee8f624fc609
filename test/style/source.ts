/** What a TypeScript file imports, exports and defines, read with patterns over its blanked text (see blank.ts). */
import { posix } from 'node:path';
import { blank } from './blank.ts';
import { lineOf } from './tree.ts';

export interface Source {
  path: string;
  text: string;
  /** same offsets as `text`, no comments, no insides of strings */
  code: string;
  imports: Import[];
  exports: Export[];
  functions: FunctionSize[];
}

export interface Import {
  /** as written */
  specifier: string;
  /** path of the file in the project; undefined: a package or a part of Node */
  target: string | undefined;
  line: number;
  /** erased before it runs */
  isType: boolean;
  /** loaded when the code gets there, not before */
  isLazy: boolean;
  /** imported names; '*' stands for all */
  names: string[];
}

export interface Export {
  name: string;
  line: number;
}

export interface FunctionSize {
  name: string;
  line: number;
  lines: number;
  /** the first word of the statement it stands in: `describe` for a block of tests */
  statement: string;
}

const known = new Map<string, Source>();

export function sourceOf(path: string, text: string): Source {
  const key = `${path}\n${text}`;
  const before = known.get(key);
  if (before) return before;
  const code = blank(text);
  const base = { path, text, code };
  const source = {
    ...base,
    imports: importsOf(base),
    exports: exportsOf(base),
    functions: functionsOf(base),
  };
  known.set(key, source);
  return source;
}

type Text = Pick<Source, 'path' | 'text' | 'code'>;

const STATIC = /\b(import|export)\b(?!\s*[.(])([^;'"`()]*?)(?:\bfrom\s*)?(['"])( *)\3/g;
const DYNAMIC = /(\btypeof\s+)?\bimport\s*\(\s*(['"])( *)\2/g;
const WORKER = /\bnew\s+Worker\s*\(\s*new\s+URL\s*\(\s*(['"])( *)\1\s*,\s*import\.meta\.url/g;

function importsOf(source: Text): Import[] {
  const found: Import[] = [];
  for (const match of source.code.matchAll(STATIC)) {
    const clause = match[2] ?? '';
    if (match[1] === 'export' && !/[*}]\s*(?:as\s+\w+\s*)?$/.test(clause)) continue;
    const quote = match.index + match[0].length - (match[4]?.length ?? 0) - 2;
    found.push({
      ...place(source, match.index, quote),
      isType: /^\s*type\b(?!\s*,|\s+from\b)/.test(clause),
      isLazy: false,
      names: namesIn(clause),
    });
  }
  for (const match of source.code.matchAll(DYNAMIC)) {
    const quote = match.index + match[0].length - (match[3]?.length ?? 0) - 2;
    found.push({
      ...place(source, match.index, quote),
      isType: match[1] !== undefined,
      isLazy: true,
      names: ['*'],
    });
  }
  for (const match of source.code.matchAll(WORKER)) {
    const quote = match.index + match[0].indexOf(match[1] ?? '');
    const at = place(source, match.index, quote);
    if (at.specifier.endsWith('.ts')) found.push({ ...at, isType: false, isLazy: true, names: [] });
  }
  return found;
}

/** A specifier stands in the text where its quote stands in the code. */
function place(
  { path, text, code }: Text,
  at: number,
  quote: number,
): Pick<Import, 'specifier' | 'target' | 'line'> {
  const end = code.indexOf(code[quote] ?? '', quote + 1);
  const specifier = text.slice(quote + 1, end);
  const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
  return { specifier, target, line: lineOf(text, at) };
}

function namesIn(clause: string): string[] {
  if (/\*/.test(clause)) return ['*'];
  const braces = /\{([^}]*)\}/.exec(clause)?.[1] ?? '';
  const named = braces.split(',').map(
    (part) =>
      part
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+/)[0] ?? '',
  );
  const first = /^\s*(?:type\s+)?(\w+)\s*(?:,|$)/.exec(clause)?.[1];
  return [...named, first && first !== 'type' ? 'default' : ''].filter((name) => name !== '');
}

const DECLARED =
  /^export\s+(?:declare\s+)?(?:async\s+)?(?:const|let|function\*?|class|interface|type|enum)\s+(\w+)/gm;
const LISTED = /^export\s+(?:type\s+)?\{([^}]*)\}(?!\s*from)/gm;

function exportsOf({ text, code }: Text): Export[] {
  const found: Export[] = [];
  for (const match of code.matchAll(DECLARED))
    found.push({ name: match[1] ?? '', line: lineOf(text, match.index) });
  for (const match of code.matchAll(LISTED)) {
    for (const part of (match[1] ?? '').split(',')) {
      const name = part
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+/)
        .at(-1);
      if (name) found.push({ name, line: lineOf(text, match.index) });
    }
  }
  return found;
}

const CLOSES: Record<string, string> = { ')': '(', ']': '[', '}': '{' };
const NO_FUNCTION = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await']);

/** Functions, methods and arrow functions with a body in braces, from their parameters to the closing brace. */
function functionsOf({ text, code }: Text): FunctionSize[] {
  const pairs = bracketPairs(code);
  const found: FunctionSize[] = [];
  for (let open = code.indexOf('{'); open >= 0; open = code.indexOf('{', open + 1)) {
    const close = pairs.get(open);
    const head = headOf(code, open, pairs);
    if (close === undefined || head === undefined) continue;
    const lines = lineOf(text, close) - lineOf(text, head) + 1;
    const before = code.slice(0, head);
    const name = /(\w+)\s*(?:<[^()]*>)?\s*(?:[:=]\s*(?:async\s*)?)?$/.exec(before)?.[1] ?? 'function';
    found.push({ name, line: lineOf(text, head), lines, statement: firstWord(code, head, pairs) });
  }
  return found;
}

/** Where the parameters of the function whose body opens at `open` begin; undefined: no function's body. */
function headOf(code: string, open: number, pairs: Map<number, number>): number | undefined {
  const at = lastCode(code, open);
  if (code[at] === '>' && code[at - 1] === '=') return parametersBefore(code, lastCode(code, at - 1), pairs);
  const end = code[at] === ')' ? at : endOfParameters(code, at, pairs);
  if (end === undefined) return undefined;
  const start = pairs.get(end);
  if (start === undefined) return undefined;
  const word = /([\w$]+)\s*(?:<[^()]*>)?\s*$/.exec(code.slice(Math.max(0, start - 60), start))?.[1];
  return word === undefined || NO_FUNCTION.has(word) ? undefined : start;
}

/** Parameters of an arrow function: in parentheses with or without a return type, or one bare name. */
function parametersBefore(code: string, at: number, pairs: Map<number, number>): number {
  const end = code[at] === ')' ? at : endOfParameters(code, at, pairs);
  return (end === undefined ? undefined : pairs.get(end)) ?? at;
}

/** Walks back over a return type to the `)` before its colon. */
function endOfParameters(code: string, from: number, pairs: Map<number, number>): number | undefined {
  for (let at = from; at >= 0 && from - at < 600; at--) {
    const char = code[at]!;
    if (CLOSES[char]) at = pairs.get(at) ?? 0;
    else if (char === ':') {
      const before = lastCode(code, at);
      return code[before] === ')' ? before : undefined;
    } else if (!/[\w\s$.<>,|&?'"`=]/.test(char)) return undefined;
  }
  return undefined;
}

/** Walks back to the end of the statement before; what stands in brackets is skipped. */
function firstWord(code: string, from: number, pairs: Map<number, number>): string {
  let at = from - 1;
  while (at >= 0 && code[at] !== ';' && code[at] !== '{') {
    const open = CLOSES[code[at]!] ? (pairs.get(at) ?? 0) : at;
    if (code[at] === '}' && code[open - 1] !== '$') break;
    at = open - 1;
  }
  return /\w+/.exec(code.slice(at + 1, from))?.[0] ?? '';
}

function lastCode(code: string, before: number): number {
  let at = before - 1;
  while (at >= 0 && /\s/.test(code[at]!)) at--;
  return at;
}

/** Both ways: opening to closing bracket and back. */
function bracketPairs(code: string): Map<number, number> {
  const pairs = new Map<number, number>();
  const stack: number[] = [];
  for (let at = 0; at < code.length; at++) {
    const char = code[at]!;
    if (char === '(' || char === '[' || char === '{') stack.push(at);
    else if (CLOSES[char]) {
      const open = stack.pop();
      if (open === undefined || code[open] !== CLOSES[char]) continue;
      pairs.set(open, at);
      pairs.set(at, open);
    }
  }
  return pairs;
}
