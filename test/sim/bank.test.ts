/** Every recording in test/script/seeds failed once: it must hold every invariant for ever after. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readScript } from '../../sim/script-file.ts';
import { judgeRecording } from '../../sim/verdict.ts';

const BANK = join(import.meta.dirname, '../script/seeds');
const files = existsSync(BANK) ? readdirSync(BANK).filter((name) => name.endsWith('.json')) : [];

test.each(files)('%s', (file) => {
  expect(judgeRecording(readScript(join(BANK, file)).recording).failures).toEqual([]);
});

test('a file that is no recording is refused with its name', () => {
  const path = join(import.meta.dirname, '../../package.json');
  expect(() => readScript(path)).toThrow(/package\.json: invariant: expected text/);
});
