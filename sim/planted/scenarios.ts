/** The named scenarios and transcripts, run in a copy: the second net, for bugs that seeds have not met. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Transcripts first: they are quick. */
const FOLDERS = ['test/script', 'test/unit/mesh'];
/** A busy machine must not look like a catch. */
const TIMEOUT_MS = 600_000;

interface Report {
  testResults: { assertionResults: { status: string; fullName: string }[] }[];
}

/** Names of those that fail with the bug and pass without it. */
export async function failingScenarios(buggy: string, clean: string): Promise<string[]> {
  for (const folder of FOLDERS) {
    const failed = await failuresIn(buggy, folder);
    if (failed.length === 0) continue;
    const anyway = await failuresIn(clean, folder);
    const real = failed.filter((name) => !anyway.includes(name));
    if (real.length > 0) return real;
  }
  return [];
}

async function failuresIn(copy: string, folder: string): Promise<string[]> {
  const file = join(copy, `${folder.replaceAll('/', '-')}.json`);
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const args = ['run', folder, '--root', copy, '--project', 'unit', `--testTimeout=${TIMEOUT_MS}`];
  const reporter = ['--reporter=json', `--outputFile=${file}`];
  await new Promise((done) => {
    spawn(process.execPath, [vitest, ...args, ...reporter], { stdio: 'ignore', cwd: copy }).on('close', done);
  });
  const { testResults }: Report = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(file);
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
}
