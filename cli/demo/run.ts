/**
 * One run of the demo: a folder that holds all its agents write, and a note in it of what the run has started. The
 * folder's name carries the number of the demo's own process, so that the next run finds what a crashed one left.
 */
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from './processes.ts';

export const NAMES = ['ant', 'bee', 'cat'] as const;

/** The sample service, from the root of the repository. */
export const COMPOSE = 'cli/demo/compose.yml';

export interface Host {
  name: string;
  /** data of its agent, and with the process engine its containers */
  dir: string;
  socket: string;
  /** port on 127.0.0.1 where its agent answers DNS */
  dnsPort: number;
  agentPid: number | null;
  /** false once its power was cut: its agent's end is no surprise then */
  powered: boolean;
  /** in the mesh; null before it has joined */
  id: string | null;
}

export interface Run {
  dir: string;
  /** as the agents get it */
  engine: string;
  mesh: string | null;
  hosts: Host[];
}

const PREFIX = 'shoal-demo-';
const NOTE = 'run.json';

export const createRun = (engine: string): Run => {
  const dir = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  return { dir, engine, mesh: null, hosts: [] };
};

/** To be called before anything is started that the note does not name yet. */
export const noteRun = (run: Run): void => writeFileSync(join(run.dir, NOTE), JSON.stringify(run));

/** Runs of this user whose demo no longer lives; a folder without a note has started nothing. */
export const staleRuns = (): Run[] =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith(PREFIX) && !isDemo(Number(name.split('-')[2])))
    .map((name) => join(tmpdir(), name))
    .filter((dir) => statSync(dir, { throwIfNoEntry: false })?.uid === process.getuid?.())
    .map((dir) => readNote(dir) ?? { dir, engine: 'process:', mesh: null, hosts: [] });

const isDemo = (pid: number): boolean => pid === process.pid || commandLine(pid).includes('demo');

const isRun = (value: unknown): value is Run =>
  typeof value === 'object' && value !== null && 'hosts' in value && Array.isArray(value.hosts);

const readNote = (dir: string): Run | null => {
  try {
    const run: unknown = JSON.parse(readFileSync(join(dir, NOTE), 'utf8'));
    return isRun(run) ? { ...run, dir } : null;
  } catch {
    return null;
  }
};
