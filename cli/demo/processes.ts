/** Processes of this machine, told apart by their command line: a number alone may have gone to another one. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Empty for a process that is gone or has ended. */
export const commandLine = (pid: number): string => {
  if (!Number.isInteger(pid) || pid <= 0) return '';
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    return '';
  }
};

/** SIGKILL to `target` (negative: a group); one that is gone is no error. */
export const killHard = (target: number): void => {
  try {
    process.kill(target, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
};

/** A container of the process engine: leader of its process group, and the mark in that one's command line. */
export interface Contained {
  pid: number;
  mark: string;
}

/** Containers that live under an agent's data folder, as the process engine notes them (agent/engine/README.md). */
export const containedIn = (dataDir: string): Contained[] => {
  const root = join(dataDir, 'containers');
  return foldersOf(root).flatMap((name) => {
    const folder = join(root, name);
    const { pid: noted, instance } = readJson(join(folder, 'state.json'));
    // an agent that died right after a start had no time to note the number; the process itself has
    const pid =
      typeof noted === 'number' ? noted : Number(readText(join(folder, 'raw', 'status')).split('\n')[0]);
    const isAlive = typeof instance === 'string' && commandLine(pid).includes(instance);
    return isAlive ? [{ pid, mark: instance }] : [];
  });
};

const foldersOf = (root: string): string[] => {
  try {
    return readdirSync(root).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
};

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const readJson = (file: string): { pid?: unknown; instance?: unknown } => {
  try {
    return { ...JSON.parse(readText(file)) };
  } catch {
    return {};
  }
};
