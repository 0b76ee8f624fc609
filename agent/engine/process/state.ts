import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObservedContainer, PortPlan } from '../../../protocol/engine.ts';
import type { Healthcheck } from '../../../protocol/spec.ts';
import type { Labels } from '../owner.ts';

/** What must be known of a container after the agent died. Kept in `state.json` in the container's own folder. */
export interface Stored {
  name: string;
  /** random, stands in the process's command line: tells it from another that got the same number later */
  instance: string;
  labels: Labels;
  ports: PortPlan[];
  env: Record<string, string>;
  workingDir: string;
  startedMs: number;
  /** leader of the container's session and process group; absent while it is being started */
  pid?: number;
  uid?: number;
  gid?: number;
  stopSignal?: string;
  healthcheck?: Healthcheck;
  health: ObservedContainer['health'];
  exitCode?: number;
}

/** Files of one container. `raw` holds what the process itself writes: output, and how it ended. */
export const filesOf = (folder: string) => ({
  state: join(folder, 'state.json'),
  work: join(folder, 'work'),
  raw: join(folder, 'raw'),
  stdout: join(folder, 'raw', 'stdout'),
  stderr: join(folder, 'raw', 'stderr'),
  status: join(folder, 'raw', 'status'),
  log: join(folder, 'log'),
  olderLog: join(folder, 'log.1'),
  offsets: join(folder, 'offsets.json'),
});

/** Synchronous on purpose: the file is small and must never be older than what was reported. */
export function writeStored(folder: string, stored: Stored): void {
  const { state } = filesOf(folder);
  // the environment may hold passwords
  writeFileSync(`${state}.new`, JSON.stringify(stored), { mode: 0o600 });
  renameSync(`${state}.new`, state);
}

export function makeFolder(folder: string): void {
  mkdirSync(filesOf(folder).raw, { recursive: true, mode: 0o700 });
  mkdirSync(filesOf(folder).work, { recursive: true });
}

/** Null when there is none or it cannot be read: such a folder belongs to nobody and may be replaced. */
export function readStored(folder: string): Stored | null {
  try {
    const stored: unknown = JSON.parse(readFileSync(filesOf(folder).state, 'utf8'));
    return isStored(stored) ? stored : null;
  } catch {
    return null;
  }
}

function isStored(value: unknown): value is Stored {
  if (typeof value !== 'object' || value === null) return false;
  const { name, instance, labels, ports } = value as Partial<Stored>;
  return (
    typeof name === 'string' &&
    typeof instance === 'string' &&
    typeof labels === 'object' &&
    Array.isArray(ports)
  );
}

/** The process group's number and its exit code, as the process's own shell wrote them down. */
export function readStatus(folder: string): { pid?: number; exitCode?: number } {
  try {
    const [pid, exitCode] = readFileSync(filesOf(folder).status, 'utf8').split('\n').filter(Boolean);
    return {
      ...(pid === undefined ? {} : { pid: Number(pid) }),
      ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    };
  } catch {
    return {};
  }
}

/** Folders of all containers, whoever's they are. */
export function listFolders(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => join(dir, entry.name));
}
