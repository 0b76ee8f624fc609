import type { Rule } from '../rule.ts';
import { type FunctionSize, sourceOf } from '../source.ts';
import { scripts } from '../tree.ts';

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 70;

/** Blocks of tests are lists, not functions. */
const isListOfTests = (statement: string): boolean => statement === 'describe' || statement === 'suite';

/** Functions declared inside are counted for themselves: a closure made of small functions is small. */
function ownLines(outer: FunctionSize, all: FunctionSize[]): number {
  const inside = all.filter((f) => f !== outer && contains(outer, f));
  const direct = inside.filter((f) => !inside.some((other) => other !== f && contains(other, f)));
  return direct.reduce((lines, f) => lines - f.lines, outer.lines);
}

const contains = (outer: FunctionSize, inner: FunctionSize): boolean =>
  inner.line > outer.line && inner.line + inner.lines <= outer.line + outer.lines;

export const size: Rule = {
  name: 'files and functions stay small',
  check: (tree) => {
    const sources = scripts(tree).map(([path, text]) => sourceOf(path, text));
    const faults = sources.flatMap(({ path, text, functions }) => {
      const lines = text.trimEnd().split('\n').length;
      const long = functions
        .map((f) => ({ ...f, lines: ownLines(f, functions) }))
        .filter((f) => f.lines > MAX_FUNCTION_LINES && !isListOfTests(f.statement));
      return [
        ...(lines > MAX_FILE_LINES
          ? [`${path}: ${lines} lines, more than ${MAX_FILE_LINES}: give each job its file`]
          : []),
        ...long.map(
          (f) =>
            `${path}:${f.line}: ${f.name} has ${f.lines} lines, more than ${MAX_FUNCTION_LINES}: split it`,
        ),
      ];
    });
    return { faults, seen: sources.reduce((sum, { functions }) => sum + functions.length, 0) };
  },
  plants: [
    {
      what: 'a long file',
      files: { 'agent/a.ts': '// line\n'.repeat(401) },
      fault: /agent\/a\.ts: 401 lines/,
    },
    long('a function', 'export function long(a: { b: string }): { c: string } | undefined {'),
    long('an arrow function', 'export const long = async (a = (1)): Promise<{ b: number }> => {'),
    long('a method', 'export const object = {\n  async long<T>(a: T): Promise<T> {', 2),
    long('a callback', "export const b = a.map('{', /[{]/, (long) => {", 1, 'function|map|long'),
    long('the inside of a block of tests', "describe('x', () => {\n  test('{', () => {", 2, 'function'),
  ],
};

function long(what: string, head: string, line = 1, name = 'long'): Rule['plants'][number] {
  const text = `${head}\n${'  // {\n'.repeat(70)}};\n${'}'.repeat(line - 1)}\n`;
  return {
    what: `${what} of 72 lines`,
    files: { 'agent/a.ts': text },
    fault: new RegExp(`agent/a\\.ts:${line}: (?:${name}) has 7\\d lines`),
  };
}
