/** What ends a command: each carries one line for a person, and decides the exit code. */
import type { ErrorCode, Failure } from '../protocol/errors.ts';

/** The command could not do its work: exit code 1. */
export class CommandError extends Error {
  readonly code: ErrorCode;

  constructor({ code, message }: Failure) {
    super(message);
    this.code = code;
  }
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {}

export const EXIT = { done: 0, failed: 1, usage: 2 } as const;
