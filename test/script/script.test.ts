/** Every `*.txt` here is a transcript that must come out as it stands; UPDATE_SCRIPTS=1 writes down what comes out. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runScript } from './runner.ts';

const FOLDER = import.meta.dirname;

for (const file of readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .sort()) {
  test(file, () => {
    const path = join(FOLDER, file);
    const text = readFileSync(path, 'utf8');
    const played = runScript(text, file);
    if (process.env.UPDATE_SCRIPTS) writeFileSync(path, played);
    else expect(played).toBe(text);
  });
}
