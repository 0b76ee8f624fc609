import { spawn } from 'node:child_process';
import type { Healthcheck } from '../../../protocol/spec.ts';
import { delay, LONGEST_TIMER_MS } from '../pace.ts';
import { signalGroup } from './group.ts';
import type { Stored } from './state.ts';

type Health = Stored['health'];

/** Docker's own defaults. */
const DEFAULTS = { intervalMs: 30_000, timeoutMs: 30_000, startPeriodMs: 0, retries: 3 };
const NANOS_PER_MS = 1e6;

/** The command a check runs, or null when there is none (no test, or NONE). */
export function probeCommand(check: Healthcheck | undefined): string[] | null {
  const [kind, ...rest] = check?.Test ?? [];
  if (kind === 'CMD' && rest.length > 0) return rest;
  if (kind === 'CMD-SHELL' && rest[0]) return ['/bin/sh', '-c', rest[0]];
  return null;
}

/**
 * Probes as Docker does: the first probe after one interval, failures within the start period do not count until
 * one probe has succeeded, `Retries` failures in a row make it unhealthy. Ends with `over`.
 */
export async function superviseHealth(
  stored: Stored,
  firstAfterMs: number | undefined,
  changed: (health: Health) => void,
  over: AbortSignal,
): Promise<void> {
  const command = probeCommand(stored.healthcheck);
  if (!command) return;
  const { intervalMs, timeoutMs, startPeriodMs, retries } = settingsOf(stored.healthcheck);
  let health: Health = stored.health;
  let failures = 0;
  await delay(firstAfterMs ?? intervalMs, over);
  while (!over.aborted) {
    const succeeded = await probe(stored, command, timeoutMs, over).catch(() => false);
    if (over.aborted) return;
    const starting = health === 'starting' && Date.now() - stored.startedMs < startPeriodMs;
    failures = succeeded || starting ? 0 : failures + 1;
    const next = succeeded ? 'healthy' : failures >= retries ? 'unhealthy' : health;
    if (next !== health) changed(next);
    health = next;
    await delay(intervalMs, over);
  }
}

function settingsOf(check: Healthcheck | undefined): typeof DEFAULTS {
  const ms = (nanos: number | undefined, otherwise: number) => (nanos ? nanos / NANOS_PER_MS : otherwise);
  return {
    intervalMs: ms(check?.Interval, DEFAULTS.intervalMs),
    timeoutMs: ms(check?.Timeout, DEFAULTS.timeoutMs),
    startPeriodMs: ms(check?.StartPeriod, DEFAULTS.startPeriodMs),
    retries: check?.Retries || DEFAULTS.retries,
  };
}

/** True when the command ended with 0 in time; one that takes longer is killed with all its children. */
function probe(stored: Stored, command: string[], timeoutMs: number, over: AbortSignal): Promise<boolean> {
  const [program = '', ...args] = command;
  const { env, workingDir: cwd, uid, gid } = stored;
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env,
      detached: true,
      stdio: 'ignore',
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    const kill = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL');
    const timer = setTimeout(kill, Math.min(timeoutMs, LONGEST_TIMER_MS));
    over.addEventListener('abort', kill, { once: true });
    const done = (succeeded: boolean) => {
      clearTimeout(timer);
      over.removeEventListener('abort', kill);
      resolve(succeeded);
    };
    child.once('error', () => done(false));
    child.once('exit', (code) => done(code === 0));
  });
}
