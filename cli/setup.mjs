/**
 * Set-up of a fresh clone, on any Node from 20 on and with nothing installed yet: the dependencies, and with them the
 * Node 24 that everything else runs on. Plain JavaScript, since Node 20 runs no TypeScript.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OLDEST_NODE = 20;
const NEEDED_NODE = 24;

/** `message` is one line for a person. */
export class SetupError extends Error {}

/** Installs what the lock file names unless it is there already; says so in one line. Throws SetupError. */
export async function ensureDependencies(say) {
  if (major(process.versions.node) < OLDEST_NODE) {
    throw new SetupError(`Node.js ${process.versions.node} is too old: install ${OLDEST_NODE} or later`);
  }
  const why = staleness();
  if (why === null) return;
  say(`${why}: installing what package-lock.json names with npm ci (about 300 MB, half a minute or more)`);
  const started = performance.now();
  const { code, output } = await npmCi();
  if (code !== 0) throw new SetupError(installFailure(output));
  say(`dependencies installed in ${Math.round((performance.now() - started) / 1000)} s`);
}

/** The Node that runs the project: the one among the dependencies, else this one if it is new enough. */
export function projectNode() {
  const installed = join(ROOT, 'node_modules', '.bin', 'node');
  if (existsSync(installed)) return installed;
  if (major(process.versions.node) >= NEEDED_NODE) return process.execPath;
  throw new SetupError(
    `Node.js ${NEEDED_NODE} is needed, this is ${process.versions.node}, and no package brings one for ` +
      `${process.platform} ${process.arch}: install Node.js ${NEEDED_NODE} and run this again`,
  );
}

/**
 * Runs a script of the project to its end on this terminal and answers its exit code. Signals are passed on: it is
 * the script that knows what to take down.
 */
export function runScript(script, args) {
  const child = spawn(projectNode(), [join(ROOT, script), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Runs `job` and ends the process by its exit code; a SetupError is one line. */
export async function runMain(name, job) {
  try {
    process.exitCode = await job();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`${name}: ${error.message}\n`);
    process.exitCode = 1;
  }
}

/** Why the dependencies must be installed, or null. Told by content: a checkout gives files new dates, not new text. */
function staleness() {
  const installed = packagesOf(join(ROOT, 'node_modules', '.package-lock.json'));
  if (installed === null) return 'node_modules is missing';
  const locked = packagesOf(join(ROOT, 'package-lock.json'));
  if (locked === null) throw new SetupError('package-lock.json cannot be read: restore it with git');
  for (const [path, { version, optional }] of Object.entries(locked)) {
    if (path === '') continue;
    const found = installed[path]?.version;
    // optional packages of other platforms are left out
    if (found === undefined ? !optional : found !== version)
      return 'node_modules is older than package-lock.json';
  }
  return null;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? null;
  } catch {
    return null;
  }
}

/** With the npm, and its Node, that runs this script, if one does: it must not run on what it replaces. */
function npmCi() {
  const { npm_execpath: npm = '', npm_node_execpath: node } = process.env;
  const [command, ...args] = node && basename(npm) === 'npm-cli.js' ? [node, npm] : ['npm'];
  // npm's own pauses between tries would keep a person without a network waiting for over a minute
  const patience = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  const child = spawn(command, [...args, 'ci', ...patience], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const clock = process.stderr.isTTY ? showClock('npm ci') : () => {};
  let output = '';
  const take = (chunk) => {
    output += chunk;
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: `npm error ${error.message}` }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  }).finally(clock);
}

function showClock(what) {
  const started = performance.now();
  const draw = () =>
    process.stderr.write(`\r${what} ... ${Math.round((performance.now() - started) / 1000)} s`);
  const timer = setInterval(draw, 1000);
  return () => {
    clearInterval(timer);
    process.stderr.write('\r\x1b[2K');
  };
}

function installFailure(output) {
  const errors = [...output.matchAll(/^npm error (.+)$/gm)].map(([, text]) => text);
  if (errors.some((text) => /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(text))) {
    return `npm ci cannot reach its registry: this machine seems to be offline (${errors.find((text) => /^code /.test(text)) ?? errors[0]})`;
  }
  const told = errors.filter((text) => !/complete log|^code /.test(text)).slice(0, 2);
  return `npm ci failed: ${told.join('; ') || 'it said nothing'}; run npm ci to see all of it`;
}

function major(version) {
  return Number(version.split('.')[0]);
}
