/** Copies of the protocol and its simulator in temporary folders, with one planted bug each. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
const PARTS = [
  'protocol',
  'sim',
  'agent/loop.ts',
  'test/script',
  'test/unit/mesh',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** A fresh copy of what a run needs; the caller removes it. */
export function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'shoal-planted-'));
  for (const part of PARTS) {
    mkdirSync(dirname(join(copy, part)), { recursive: true });
    if (existsSync(join(ROOT, part)))
      cpSync(join(ROOT, part), join(copy, part), {
        recursive: true,
        filter: (path) => path !== import.meta.dirname,
      });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

export const removeCopy = (copy: string): void => rmSync(copy, { recursive: true, force: true });

/** Throws, naming the patch, when the code that it changes is no longer there. */
export function applyPatch(copy: string, patch: string): void {
  // Not as a part of whatever repository the environment names.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const { status, stderr, error } = spawnSync('git', ['apply', '-p1', patch], {
    cwd: copy,
    env,
    encoding: 'utf8',
  });
  if (status === 0) return;
  throw new Error(`${patch} no longer applies, mend it against the present code: ${error ?? stderr.trim()}`);
}
