/** The project's own files, as a map from path to text: read from disk, or made up by a test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths relative to the root, with slashes. */
export type Tree = ReadonlyMap<string, string>;

export const ROOT = join(import.meta.dirname, '../..');
const SKIPPED = new Set(['node_modules', 'coverage']);
const MAX_BYTES = 2_000_000;

/** Every text file, hidden folders left out (hidden files are read). */
export function readTree(root = ROOT): Tree {
  const files = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory() && !SKIPPED.has(entry.name) && !entry.name.startsWith('.')) visit(path);
      else if (entry.isFile()) addText(files, path, readFileSync(join(root, path)));
    }
  };
  visit('');
  return files;
}

function addText(files: Map<string, string>, path: string, bytes: Buffer): void {
  if (bytes.length <= MAX_BYTES && !bytes.includes(0)) files.set(path, bytes.toString('utf8'));
}

/** The project's TypeScript files, by folder when one is named. */
export const scripts = (tree: Tree, ...folders: string[]): [path: string, text: string][] =>
  [...tree].filter(
    ([path]) => path.endsWith('.ts') && (folders.length === 0 || folders.includes(topOf(path))),
  );

export const topOf = (path: string): string => path.slice(0, Math.max(0, path.indexOf('/')));
export const lineOf = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
