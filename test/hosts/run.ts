// Running short commands to their end, and waiting for conditions.
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';

/** How a command ended. `code` is its exit code, 128 + n after signal n, and 124 when it ran out of time. */
export interface Result {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Killed with everything it started after this long; 60 000 unless told. */
  timeoutMs?: number;
  input?: string | Uint8Array;
  env?: Record<string, string>;
}

/**
 * The variables every command of a bed gets. Nothing is inherited: a proxy or a NODE_OPTIONS of the machine
 * would make a host behave unlike a fresh one.
 */
export const PLAIN_ENV: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  TERM: process.env.TERM ?? 'dumb',
};

const SIGNAL_NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
};

/** Runs a command to its end. Rejects only when it cannot be started. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { timeoutMs = 60_000, input, env } = options;
  const [command = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    // A group of its own, so that running out of time ends the grandchildren too.
    const child = spawn(command, args, { detached: true, env: { ...PLAIN_ENV, ...env } });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      if (child.pid !== undefined) killGroup(child.pid);
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.on('error', () => {}); // a command may end without reading its input
    child.stdin.end(input);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`cannot start ${command}: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (late) err.push(Buffer.from(`ended after ${timeoutMs} ms without an answer\n`));
      const ended = code ?? 128 + (signal ? (SIGNAL_NUMBERS[signal] ?? 0) : 0);
      resolve({
        code: late ? 124 : ended,
        stdout: String(Buffer.concat(out)),
        stderr: String(Buffer.concat(err)),
      });
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it ended at this very moment
  }
}

/** Runs a command that must succeed and returns its output, trimmed; throws one line that names the command. */
export async function must(argv: readonly string[], options?: RunOptions): Promise<string> {
  return ok(await run(argv, options), argv.join(' '));
}

/** The output, trimmed, of a command that must have succeeded. */
export function ok(result: Result, what = 'the command'): string {
  if (result.code === 0) return result.stdout.trim();
  const why = (result.stderr.trim() || result.stdout.trim()).split('\n').at(-1) ?? '';
  throw new Error(`${what.slice(0, 200)} ended with ${result.code}: ${why}`);
}

/**
 * Waits until `check` returns something true and returns it; looks every 25 ms.
 * Throws `what` with the time given when `deadlineMs` has passed.
 */
export async function until<T>(
  what: string,
  deadlineMs: number,
  check: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await pause(25);
  }
}
