import type { Rule } from '../rule.ts';
import { sourceOf } from '../source.ts';
import { scripts, type Tree } from '../tree.ts';

/** Folders with one file per kind of thing: `declares` tells such a file from what they share. */
const REGISTRIES: { folder: string; declares: RegExp }[] = [
  { folder: 'protocol/records', declares: /^export const (\w+): RecordKind</m },
  { folder: 'protocol/placement/constraints', declares: /^export const (\w+): Filter\b/m },
  { folder: 'protocol/naming/types', declares: /^export const (\w+): RecordType\b/m },
  { folder: 'cli/commands', declares: /^export const (define): CommandModule\b/m },
  { folder: 'sim/checks', declares: /^export const (\w+): Check\b/m },
  { folder: 'test/style/rules', declares: /^export const (\w+): Rule\b/m },
];

export const registries: Rule = {
  name: 'every kind of thing stands in its registry',
  check: (tree) => {
    const kinds = REGISTRIES.flatMap(({ folder, declares }) => kindsIn(tree, folder, declares));
    const faults = kinds
      .filter((kind) => !isListed(tree, kind))
      .map(({ path, name }) => {
        return `${path}: "${name}" is not listed in ${indexOf(path)}: it would never be used`;
      });
    return { faults, seen: kinds.length };
  },
  plants: [
    {
      what: 'a record kind that nobody imports',
      files: { 'protocol/records/claim.ts': 'export const claim: RecordKind<object> = {};\n' },
      fault: /protocol\/records\/claim\.ts: "claim" is not listed in protocol\/records\/index\.ts/,
    },
    {
      what: 'a check that is imported but not listed',
      files: { 'sim/checks/index.ts': "import { kept } from './kept.ts';\nexport const CHECKS = [];\n" },
      fault: /sim\/checks\/kept\.ts: "kept" is not listed/,
    },
    {
      what: 'a command without a line',
      files: { 'cli/commands/rm.ts': "export const define: CommandModule['define'] = () => {};\n" },
      fault: /cli\/commands\/rm\.ts: .* is not listed/,
    },
  ],
};

interface Found {
  path: string;
  name: string;
}

function kindsIn(tree: Tree, folder: string, declares: RegExp): Found[] {
  return scripts(tree).flatMap(([path, text]) => {
    if (path !== `${folder}/${path.split('/').at(-1)}` || path === `${folder}/index.ts`) return [];
    const name = declares.exec(sourceOf(path, text).code)?.[1];
    return name ? [{ path, name }] : [];
  });
}

const indexOf = (path: string): string => path.replace(/[^/]+$/, 'index.ts');

/** Imported there, and by a static import named a second time: in the list. */
function isListed(tree: Tree, { path, name }: Found): boolean {
  const index = sourceOf(indexOf(path), tree.get(indexOf(path)) ?? '');
  const found = index.imports.find(({ target }) => target === path);
  return found !== undefined && (found.isLazy || index.code.split(new RegExp(`\\b${name}\\b`)).length > 2);
}
