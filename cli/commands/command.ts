/** The shape of a command's module, and what several of them share. */
import type { Command } from 'commander';
import type { Context } from '../context.ts';

/** Does the work and answers the exit code, 0 when it answers none. */
export type Job = (context: Context) => Promise<number | undefined> | Promise<void>;

/** Given by main: runs a job with the agent the command line names. */
export type Act = (job: Job) => Promise<void>;

export interface CommandModule {
  /** Adds arguments, options and the action. */
  define(command: Command, act: Act): void;
}

export interface CommandEntry {
  summary: string;
  /** imported only when the command runs: a cold start pays for one command */
  load: () => Promise<CommandModule>;
}

/** Collects an option that may be given several times. */
export const collect = (value: string, earlier: string[] | undefined): string[] => [
  ...(earlier ?? []),
  value,
];
