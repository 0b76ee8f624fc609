/** The named scenarios and transcripts, run in a copy: the second net, for bugs that seeds have not met. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

interface Report {
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[];
}

/** `scenario NAME` of the first that fails; null: all pass. */
export async function failingScenario(copy: string): Promise<string | null> {
  const file = join(copy, 'scenarios.json');
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const args = ['run', '--root', copy, '--project', 'unit', '--reporter=json', `--outputFile=${file}`];
  await new Promise((done) => {
    spawn(process.execPath, [vitest, ...args], { stdio: 'ignore', cwd: copy }).on('close', done);
  });
  const { testResults }: Report = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(file);
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  return failed[0] === undefined ? null : `scenario ${failed.join(' · ')}`;
}
