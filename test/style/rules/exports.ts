import type { Rule } from '../rule.ts';
import { type Source, sourceOf } from '../source.ts';
import { scripts } from '../tree.ts';

export const unusedExports: Rule = {
  name: 'what the core exports is used',
  check: (tree) => {
    const sources = scripts(tree).map(([path, text]) => sourceOf(path, text));
    const used = usedNames(sources);
    const core = sources.filter(({ path }) => path.startsWith('protocol/'));
    const faults = core.flatMap(({ path, exports }) =>
      exports
        .filter(({ name }) => !used.has(`${path} ${name}`) && !used.has(`${path} *`))
        .map(
          ({ name, line }) =>
            `${path}:${line}: nobody imports ${name}: take the word "export" or all of it away`,
        ),
    );
    return { faults, seen: core.reduce((sum, { exports }) => sum + exports.length, 0) };
  },
  plants: [
    {
      what: 'a constant',
      files: { 'protocol/time.ts': '/** \n */\nexport const now = 1;\n' },
      fault: /protocol\/time\.ts:3: nobody imports now/,
    },
    {
      what: 'a type whose name another file uses for something else',
      files: { 'protocol/time.ts': 'export interface TaskInfo {}\n' },
      fault: /protocol\/time\.ts:1: nobody imports TaskInfo/,
    },
    {
      what: 'a function used in its own file only',
      files: { 'protocol/time.ts': 'export function late(): void {\n  late();\n}\n' },
      fault: /protocol\/time\.ts:1: nobody imports late/,
    },
  ],
};

/** `path name` of everything that any file, tests included, imports or hands on. */
const usedNames = (sources: Source[]): Set<string> =>
  new Set(
    sources.flatMap(({ imports }) =>
      imports.flatMap(({ target, names }) => names.map((name) => `${target} ${name}`)),
    ),
  );
