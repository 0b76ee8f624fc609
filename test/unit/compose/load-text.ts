/** Loads compose files given as text, from a folder of their own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Loaded, loadCompose } from '../../../cli/compose/load.ts';
import { ComposeError } from '../../../cli/compose/report.ts';

export interface Options {
  stack?: string;
  env?: Record<string, string>;
  /** further files of the folder, `.env` for one */
  beside?: Record<string, string>;
}

/** Files are named a.yaml, b.yaml ... in their order. */
export const load = (texts: string | string[], options: Options = {}): Loaded => {
  const cwd = mkdtempSync(join(tmpdir(), 'shoal-compose-'));
  try {
    const files = [texts].flat().map((text, index) => {
      const name = `${'abc'[index]}.yaml`;
      writeFileSync(join(cwd, name), text);
      return name;
    });
    for (const [name, text] of Object.entries(options.beside ?? {})) writeFileSync(join(cwd, name), text);
    return loadCompose({ files, stack: options.stack ?? 'st', cwd, env: options.env ?? {} });
  } finally {
    rmSync(cwd, { recursive: true });
  }
};

/** The lines of the mistakes, without the headline. */
export const mistakes = (texts: string | string[], options: Options = {}): string[] => {
  try {
    load(texts, options);
  } catch (error) {
    if (error instanceof ComposeError) return error.message.split('\n').slice(1);
    throw error;
  }
  return [];
};

/** A file with one service `web` on busybox and these lines below it. */
export const withKeys = (...lines: string[]): string =>
  ['services:', '  web:', '    image: busybox', ...lines.map((line) => `    ${line}`), ''].join('\n');
