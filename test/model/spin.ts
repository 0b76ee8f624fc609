/** Debian's model checker on auction.pml: whether it can run here, and one exhaustive search. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { run } from '../hosts/run.ts';

const MODEL = join(import.meta.dirname, 'auction.pml');
const PATHS = ['/usr/local/bin', '/usr/bin', '/bin'];
const has = (command: string): boolean => PATHS.some((path) => existsSync(`${path}/${command}`));
const missing = (): string[] => ['spin', 'gcc'].filter((command) => !has(command));

/** Installs spin and gcc where they lack, as root on Debian and its kin only. Answers why it cannot run, or null. */
export async function setUpSpin(): Promise<string | null> {
  const lacking = missing();
  if (lacking.length === 0) return null;
  const why = `${lacking.join(', ')} not installed`;
  if (process.getuid?.() !== 0) return `${why}, and only root can install it`;
  if (!existsSync('/usr/bin/apt-get')) return `${why}, and only Debian's apt-get is known here`;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await run(['apt-get', 'update'], { env, timeoutMs: 300_000 });
  const packages = lacking.flatMap((name) => (name === 'gcc' ? ['gcc', 'libc6-dev'] : [name]));
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  const { code, stderr } = await run(install, { env, timeoutMs: 600_000 });
  return code === 0 && missing().length === 0 ? null : `${why}: ${stderr.trim().split('\n').at(-1) ?? ''}`;
}

export interface Found {
  states: number;
  /** the promise that breaks, null: none does */
  broken: string | null;
  /** the shortest way there, one step a line: `take 1`, `suspect 1 0` ... */
  steps: string[];
}

const exec = promisify(execFile);

/**
 * Searches all states. `switches` are those of auction.pml; breadth first finds the shortest way to a broken promise,
 * depth first needs less memory. Throws when the search could not be completed.
 */
export async function search(switches: string[], order: 'breadth' | 'depth' = 'depth'): Promise<Found> {
  const cwd = mkdtempSync(join(tmpdir(), 'shoal-spin-'));
  const flags = switches.map((name) => `-D${name}`);
  try {
    await exec('spin', [...flags, '-a', MODEL], { cwd });
    // unoptimised: compiling would take longer than most searches
    const options = ['-O0', '-DSAFETY', '-DMEMLIM=3000', ...(order === 'breadth' ? ['-DBFS'] : [])];
    await exec('gcc', [...options, '-w', '-o', 'pan', 'pan.c'], { cwd });
    const { stdout } = await exec('./pan', ['-m100000', '-w22'], { cwd, maxBuffer: 2 ** 24 });
    const states = Number(stdout.match(/(\d+) states, stored/)?.[1] ?? 0);
    if (
      /max search depth too small|out of memory|Search not completed/.test(stdout) &&
      !/errors: 1/.test(stdout)
    )
      throw new Error(`the search of ${switches.join(' ')} was not completed: ${stdout.slice(0, 500)}`);
    if (!/errors: [1-9]/.test(stdout)) return { states, broken: null, steps: [] };
    return { states, ...(await trail(flags, cwd)) };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function trail(flags: string[], cwd: string): Promise<{ broken: string; steps: string[] }> {
  // it ends with the failed assertion, which spin tells by its exit code
  const { stdout } = await exec('spin', [...flags, '-k', 'auction.pml.trail', '-t', MODEL], { cwd }).catch(
    (err: { stdout?: string }) => ({ stdout: err.stdout ?? '' }),
  );
  const steps = [...stdout.matchAll(/STEP (.+)/g)].map(([, step = '']) => step.trim());
  return { broken: stdout.match(/BROKEN (\w+)/)?.[1] ?? 'an assertion', steps };
}
