import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/**
 * Whether the process with that number is the one that was started as `instance`. Its command line says so,
 * which, unlike a number and a start time, is also right when the agent died before it could note them.
 */
export function isAlive(pid: number, instance: string): boolean {
  return commandLine(pid).includes(instance);
}

/** Empty for a process that is gone, and for one that ended and was not collected yet. */
function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return '';
  }
}

/** Sends a signal to all processes of the group; a group that is gone is no error. */
export function signalGroup(pid: number, signal: NodeJS.Signals | number): void {
  try {
    process.kill(-pid, signal);
  } catch (err) {
    if (!(err instanceof Error && 'code' in err && err.code === 'ESRCH')) throw err;
  }
}

/**
 * Kills what is left of a group whose leader has ended. While members live, the kernel gives its number to no
 * other process: so if another process has that number now, there are none left.
 */
export function killRest(pid: number): void {
  if (commandLine(pid) === '') signalGroup(pid, 'SIGKILL');
}

/** "SIGINT", "INT" or "2" as in a stop signal; TERM for what this system does not know. */
export function signalNumber(name: string | undefined): number {
  const wanted = (name ?? 'SIGTERM').toUpperCase();
  if (/^\d+$/.test(wanted)) return Number(wanted);
  const full = wanted.startsWith('SIG') ? wanted : `SIG${wanted}`;
  const found = Object.entries(constants.signals).find(([signal]) => signal === full);
  return found?.[1] ?? constants.signals.SIGTERM;
}

/** As shells and Docker write it: a process ended by signal 9 has exit code 137. */
export const signalExitCode = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];
