/**
 * All checks and tests, group by group: `check` (types, style), then one run of vitest for each folder of tests, the
 * quick ones first. Names on the command line choose groups. The last line sums up: `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setUp } from './hosts/setup.ts';
import { addTo, type Counts, countsOf, ofCrash, summary } from './summary.ts';

const ROOT = dirname(import.meta.dirname);
const CHECK = 'check';
/** What is quick and says most comes first; folders that are not named here come before the last ones. */
const FIRST = ['unit', 'laws', 'script', 'model', 'style'];
const LAST = ['cli', 'dns', 'mesh', 'engine', 'hosts'];
/** Groups that raise real Docker engines. */
const NEED_HOSTS = ['engine', 'hosts'];
const CHECKS: readonly (readonly string[])[] = [
  ['tsc', '-p', 'tsconfig.json'],
  ['tsc', '-p', 'protocol/tsconfig.json'],
  ['biome', 'check', '.'],
];
/** Whatever hangs is ended then, and counts as failed: a run has to tell its result within 24 minutes. */
const DEADLINE_MS = 23 * 60_000;
const started = performance.now();
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort(signal));
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function allGroups(): string[] {
  const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .filter(({ name }) => globSync('**/*.test.ts', { cwd: join(import.meta.dirname, name) }).length > 0)
    .map(({ name }) => name);
  const others = folders.filter((name) => !FIRST.includes(name) && !LAST.includes(name)).sort();
  return [CHECK, ...[...FIRST, ...others, ...LAST].filter((name) => folders.includes(name))];
}

/** Runs a program of the dependencies on this terminal; answers its exit code, 1 when it was ended at the deadline. */
function runTool(tool: string, args: readonly string[]): Promise<number> {
  const path = join(ROOT, 'node_modules', '.bin', tool);
  // in a group of its own, so that the deadline ends its workers as well
  const child = spawn(path, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
  const end = (signal: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  };
  const interrupt = (): void => end('SIGTERM');
  interrupted.signal.addEventListener('abort', interrupt);
  const timer = setTimeout(
    () => {
      say(`${tool} ${args.join(' ')}: ended, ${DEADLINE_MS / 60_000} minutes after the start of all tests`);
      end('SIGKILL');
    },
    Math.max(0, DEADLINE_MS - (performance.now() - started)),
  );
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  }).finally(() => {
    clearTimeout(timer);
    interrupted.signal.removeEventListener('abort', interrupt);
  });
}

async function runChecks(): Promise<Counts> {
  const counts = ofCrash(0);
  for (const [tool = '', ...args] of CHECKS) {
    say(`\n> ${tool} ${args.join(' ')}`);
    if ((await runTool(tool, args)) !== 0) addTo(counts, ofCrash(1));
  }
  return counts;
}

async function runGroup(group: string): Promise<Counts> {
  if (group === CHECK) return runChecks();
  say(`\n> vitest run test/${group}`);
  const dir = mkdtempSync(join(tmpdir(), 'shoal-test-'));
  const report = join(dir, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const code = await runTool('vitest', ['run', ...reporters, `test/${group}/`]);
    return countsOf(existsSync(report) ? report : null, code);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Real hosts need packages and rights; without them their tests are skipped, and one line says why. */
async function prepareHosts(groups: readonly string[]): Promise<void> {
  const needing = groups.filter((name) => NEED_HOSTS.includes(name));
  if (needing.length === 0) return;
  const found = await setUp(say);
  if (!found.ok) say(`left out: tests on real Docker hosts (in ${needing.join(', ')}), because ${found.why}`);
}

async function main(names: readonly string[]): Promise<number> {
  const groups = allGroups();
  const unknown = names.find((name) => !groups.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`npm test: there is no group '${unknown}'; choose among ${groups.join(', ')}\n`);
    return 2;
  }
  const chosen = names.length === 0 ? groups : groups.filter((name) => names.includes(name));
  await prepareHosts(chosen);
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const lines: string[] = [];
  for (const group of chosen) {
    const since = performance.now();
    const counts = interrupted.signal.aborted ? ofCrash(1) : await runGroup(group);
    addTo(total, counts);
    lines.push(
      `${group.padEnd(8)} ${((performance.now() - since) / 1000).toFixed(1).padStart(6)} s  ${summary(counts)}`,
    );
  }
  say(`\n${lines.join('\n')}\n\n${summary(total)}`);
  return total.failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
