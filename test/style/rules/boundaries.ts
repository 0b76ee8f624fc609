import { isBuiltin } from 'node:module';
import type { Rule } from '../rule.ts';
import { type Import, type Source, sourceOf } from '../source.ts';
import { scripts, type Tree, topOf } from '../tree.ts';

interface Border {
  /** project files it may import */
  files: (path: string) => boolean;
  /** packages it may import; undefined: any that package.json names */
  packages?: string[];
  noNode?: true;
}

/** What the command line shares with the agent: the API's types, errors, specifications, and how a constraint reads. */
const CONTRACT = ['api.ts', 'errors.ts', 'spec.ts', 'placement/constraints/expression.ts'].map(
  (name) => `protocol/${name}`,
);

/** The version is read from the package's own manifest. */
const MANIFEST = 'package.json';

const within =
  (...folders: string[]) =>
  (path: string): boolean =>
    folders.includes(topOf(path));

const BORDERS: Record<string, Border> = {
  // libp2p and the like would be most of a cold start.
  cli: {
    files: (path) => within('cli')(path) || CONTRACT.includes(path),
    packages: ['commander', 'yaml', 'zod'],
  },
  agent: { files: (path) => within('agent', 'protocol')(path) || path === MANIFEST },
  sim: { files: (path) => within('sim', 'protocol')(path) || path === 'agent/loop.ts', packages: [] },
  protocol: { files: within('protocol'), packages: [], noNode: true },
  test: { files: within('test', 'agent', 'cli', 'protocol', 'sim') },
};

export const boundaries: Rule = {
  name: 'imports stay within their borders',
  check: (tree) => {
    const sources = scripts(tree, ...Object.keys(BORDERS)).map(([path, text]) => sourceOf(path, text));
    const faults = sources.flatMap((source) => source.imports.flatMap((found) => judge(tree, source, found)));
    return { faults, seen: sources.reduce((sum, source) => sum + source.imports.length, 0) };
  },
  plants: [
    plant('cli', 'agent', 'cli/client.ts', "import { turn } from '../agent/loop.ts';"),
    plant('cli', 'protocol/agent.ts', 'cli/client.ts', "import type { step } from '../protocol/agent.ts';"),
    plant('cli', 'libp2p', 'cli/client.ts', "import { createLibp2p } from 'libp2p';"),
    plant('agent', 'cli', 'agent/api.ts', "import { COMMANDS } from '../cli/commands/index.ts';"),
    plant('sim', 'agent/main.ts', 'sim/host.ts', "import '../agent/main.ts';"),
    plant('sim', 'libp2p', 'sim/host.ts', "const node = await import('libp2p');"),
    plant('protocol', 'agent', 'protocol/placement/a.ts', "export { turn } from '../../agent/loop.ts';"),
    plant('protocol', 'node:fs', 'protocol/a.ts', "import { readFileSync } from 'node:fs';"),
    plant('protocol', 'fs', 'protocol/a.ts', "import type { Stats } from 'fs';"),
    plant('protocol', 'msgpackr', 'protocol/a.ts', "import { pack } from 'msgpackr';"),
    plant('protocol', 'test', 'protocol/a.ts', "type T = typeof import('../test/unit/agent.test.ts');"),
    plant(
      'agent',
      'test',
      'agent/thread.ts',
      "new Worker(new URL('../test/unit/agent.test.ts', import.meta.url));",
    ),
    {
      what: 'a package that package.json does not name',
      files: { 'agent/a.ts': "import express from 'express';\n" },
      fault: /agent\/a\.ts:1: 'express' is no dependency/,
    },
    {
      what: 'a development package in what is shipped',
      files: { 'agent/a.ts': "import fc from 'fast-check/lib';\n" },
      fault: /agent\/a\.ts:1: 'fast-check\/lib' is no dependency/,
    },
    {
      what: 'a file that is not there',
      files: { 'agent/a.ts': "\n\nimport { gone } from './gone.ts';\n" },
      fault: /agent\/a\.ts:3: .*gone\.ts does not exist/,
    },
  ],
};

function plant(folder: string, of: string, path: string, text: string): Rule['plants'][number] {
  return {
    what: `${folder} -> ${of}`,
    files: { [path]: `${text}\n` },
    fault: new RegExp(`${path}:1: .*may not import`),
  };
}

function judge(tree: Tree, source: Source, found: Import): string[] {
  const top = topOf(source.path);
  const border = BORDERS[top];
  const at = `${source.path}:${found.line}`;
  if (!border) return [];
  if (found.target !== undefined) {
    if (found.target.endsWith('.ts') && !tree.has(found.target))
      return [`${at}: ${found.target} does not exist`];
    return border.files(found.target) ? [] : [`${at}: ${top}/ may not import ${found.target}`];
  }
  if (isBuiltin(found.specifier))
    return border.noNode ? [`${at}: ${top}/ may not import ${found.specifier}`] : [];
  return judgePackage(tree, source, found.specifier, border).map((fault) => `${at}: ${fault}`);
}

function judgePackage(tree: Tree, source: Source, specifier: string, border: Border): string[] {
  const top = topOf(source.path);
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const isCodec = name === 'msgpackr' && source.path.startsWith('protocol/wire/');
  if (border.packages && !border.packages.includes(name) && !isCodec)
    return [`${top}/ may not import ${specifier}`];
  const manifest: unknown = JSON.parse(tree.get('package.json') ?? '{}');
  const groups = top === 'test' ? ['dependencies', 'devDependencies'] : ['dependencies'];
  const isNamed = groups.some((group) => Object.hasOwn(Object(Reflect.get(Object(manifest), group)), name));
  return isNamed ? [] : [`'${specifier}' is no dependency in package.json: add it there, pinned`];
}
