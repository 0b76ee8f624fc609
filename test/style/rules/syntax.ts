import type { Plant, Rule } from '../rule.ts';
import { sourceOf } from '../source.ts';
import { lineOf, scripts, topOf } from '../tree.ts';

interface Habit {
  pattern: RegExp;
  why: string;
  /** tests may */
  notInTests?: true;
}

/** The first three do not run without a build step, and vitest would hide it: it compiles what Node would refuse. */
const HABITS: Habit[] = [
  {
    pattern: /\b(?:const\s+)?enum\s+\w+\s*\{/g,
    why: 'Node runs no enum: use a union of literals or a frozen object',
  },
  { pattern: /(?<![.\w$])(?:namespace|module)\s+[\w.]+\s*\{/g, why: 'Node runs no namespace: a file is one' },
  {
    pattern: /\bconstructor\s*\([^){]*\b(?:public|private|protected|readonly)\s+\w+\s*[?:,=)]/g,
    why: 'Node runs no parameter property: declare the field',
  },
  { pattern: /^\s*@\w+[^\n]*\n?\s*(?:export\s+)?class\b/gm, why: 'no decorators' },
  {
    pattern: /\bclass\s+\w*\s*(?:<[^>]*>)?\s*extends\s+(?![\w.]*Error\b)\w/g,
    why: 'no class hierarchies, errors apart: pass functions and values',
    notInTests: true,
  },
  { pattern: /\bexport\s+default\b/g, why: 'named exports only: one name everywhere', notInTests: true },
];

export const syntax: Rule = {
  name: 'only syntax that runs as it is',
  check: (tree) => {
    const files = scripts(tree, 'agent', 'cli', 'protocol', 'sim', 'test');
    const faults = files.flatMap(([path, text]) => {
      const { code } = sourceOf(path, text);
      return HABITS.filter(({ notInTests }) => !notInTests || topOf(path) !== 'test').flatMap(
        ({ pattern, why }) =>
          [...code.matchAll(pattern)].map((match) => `${path}:${lineOf(text, match.index)}: ${why}`),
      );
    });
    return { faults, seen: files.length };
  },
  plants: [
    plant('enum', 'export enum Color { red }', /no enum/),
    plant('const enum', 'export const enum Color { red }', /no enum/),
    plant('namespace', 'export namespace Colors { export const red = 1; }', /no namespace/),
    plant(
      'readonly parameter property',
      'export class A {\n  constructor(readonly a: number) {}\n}',
      /parameter property/,
    ),
    plant(
      'parameter property',
      'export class A {\n  constructor(\n    private readonly a: number) {}\n}',
      /parameter property/,
    ),
    plant('hierarchy', 'export class A extends Base {}', /class hierarchies/),
    plant('default export', 'export default 1;', /named exports/),
  ],
};

function plant(what: string, text: string, fault: RegExp): Plant {
  return { what, files: { 'agent/a.ts': `${text}\n` }, fault };
}
