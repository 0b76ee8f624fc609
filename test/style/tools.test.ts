/** The type checker, the linter and the formatter, as they are configured here: over the project, and over planted faults. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from './tree.ts';

interface Outcome {
  ok: boolean;
  text: string;
}

function run(tool: 'tsc' | 'biome', args: string[], cwd = ROOT): Outcome {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin', tool), args, {
    cwd,
    encoding: 'utf8',
  });
  return { ok: status === 0, text: `${stdout}${stderr}` };
}

const mended = (outcome: Outcome, how: string): void => {
  expect(outcome.ok, `${how}\n${outcome.text}`).toBe(true);
};

describe('here', () => {
  test('types', () =>
    mended(run('tsc', ['-p', 'tsconfig.json', '--noEmit']), 'run: npx tsc -p tsconfig.json'));
  test('types of the core, which knows neither Node nor a browser', () =>
    mended(
      run('tsc', ['-p', 'protocol/tsconfig.json', '--noEmit']),
      'run: npx tsc -p protocol/tsconfig.json',
    ));
  test('lint', () => mended(run('biome', ['lint', '--reporter=summary']), 'run: npx biome lint --write'));
  test('format', () =>
    mended(run('biome', ['format', '--reporter=summary']), 'run: npx biome format --write'));
});

let sandbox: string;

beforeAll(() => {
  sandbox = mkdtempSync(join(tmpdir(), 'shoal-style-'));
  for (const file of ['tsconfig.json', 'protocol/tsconfig.json', 'biome.json', 'package.json']) {
    mkdirSync(dirname(join(sandbox, file)), { recursive: true });
    cpSync(join(ROOT, file), join(sandbox, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(sandbox, 'node_modules'));
});

afterAll(() => rmSync(sandbox, { recursive: true, force: true }));

/** The tool's verdict on a project that has this one file. */
function judge(tool: 'tsc' | 'biome', args: string[], path: string, text: string): Outcome {
  const file = join(sandbox, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  try {
    return run(tool, args, sandbox);
  } finally {
    rmSync(file);
  }
}

describe('the core knows nothing of', () => {
  const check = (text: string): Outcome =>
    judge('tsc', ['-p', 'protocol/tsconfig.json', '--noEmit'], 'protocol/a.ts', text);

  test.each([
    ['node:fs', "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n"],
    ['setTimeout', 'export const a = (): void => void setTimeout(() => undefined, 1);\n'],
    ['console', "console.log('a');\nexport {};\n"],
    ['process', 'export const a = process.pid;\n'],
    ['performance', 'export const a = performance.now();\n'],
    ['crypto', 'export const a = crypto.randomUUID();\n'],
    ['Buffer', "export const a = Buffer.from('a');\n"],
    ['fetch', "export const a = fetch('a');\n"],
    ['document', 'export const a = document;\n'],
  ])('%s', (name, text) => {
    const { ok, text: said } = check(text);
    expect(ok).toBe(false);
    expect(said).toMatch(new RegExp(`protocol/a\\.ts.*'${name}'`));
  });

  test('(and clean code passes)', () =>
    mended(check('export const a = new Map([[1, 2]]).size;\n'), 'a clean file'));
});

describe('the type checker refuses', () => {
  const check = (text: string): Outcome =>
    judge('tsc', ['-p', 'tsconfig.json', '--noEmit'], 'agent/a.ts', text);

  test.each([
    ['an enum', 'TS1294', 'export enum A { a }\n'],
    ['a parameter property', 'TS1294', 'export class A {\n  constructor(readonly a: number) {}\n}\n'],
    [
      'an import of types that is not marked as one',
      'TS1484',
      "import { ListenOptions } from 'node:net';\nexport type A = ListenOptions;\n",
    ],
    ['an implicit any', 'TS7006', 'export const a = (b) => b;\n'],
    ['an index that may be out of range', 'TS2322', 'export const a: number = [1][3];\n'],
    ['an unused name', 'TS6133', 'const a = 1;\nexport {};\n'],
  ])('%s', (_what, code, text) => {
    const { ok, text: said } = check(text);
    expect(ok).toBe(false);
    expect(said).toContain(code);
  });

  test('(and clean code passes)', () => mended(check('export const a = process.pid;\n'), 'a clean file'));
});

describe('the linter refuses', () => {
  test.each([
    ['any', 'noExplicitAny', 'export const a: any = 1;\n'],
    ['an unused import', 'noUnusedImports', "import { join } from 'node:path';\n"],
    ['a loop over a constant', 'noConstantCondition', 'while (false) {\n  Object();\n}\n'],
  ])('%s', (_what, rule, text) => {
    const { ok, text: said } = judge('biome', ['lint', '--error-on-warnings'], 'agent/a.ts', text);
    expect(ok).toBe(false);
    expect(said).toContain(rule);
  });

  test('(and clean code passes)', () =>
    mended(judge('biome', ['check'], 'agent/a.ts', 'export const a = 1;\n'), 'a clean file'));
});

test('the formatter refuses double quotes and tabs', () => {
  expect(judge('biome', ['format'], 'agent/a.ts', 'export const a = () => {\n\treturn "a";\n};\n').ok).toBe(
    false,
  );
});
