import type { ChildProcess } from 'node:child_process';
import type { ObservedContainer } from '../../../protocol/engine.ts';
import { claimOf } from '../owner.ts';
import type { Timing } from '../timing.ts';
import { type Collector, collectOutput } from './collect.ts';
import { isAlive, killRest, signalExitCode } from './group.ts';
import { superviseHealth } from './health.ts';
import { readStatus, type Stored, writeStored } from './state.ts';

/** Exit code of processes that ended without a word: only SIGKILL or the end of the machine leave none. */
const KILLED = 137;

/** A container that this agent started or adopted. */
export interface Supervised {
  folder: string;
  stored: Stored;
  output: Collector;
  observed(): ObservedContainer;
  /** settles once the process has ended */
  ended: Promise<void>;
  /** for adopted processes, which tell their end to nobody: looks whether it still lives, and answers whether to ask again */
  check(): boolean;
  /** stops watching; the process goes on */
  close(): void;
}

/** `child` is null for a process that an earlier agent started. `changed` is called on each change of state or health. */
export function supervise(
  folder: string,
  stored: Stored,
  child: ChildProcess | null,
  changed: () => void,
  timing: Timing,
): Supervised {
  const over = new AbortController();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const output = collectOutput(folder, timing.collectMs, () => check());

  function end(exitCode: number): void {
    if (over.signal.aborted) return;
    over.abort();
    if (stored.pid !== undefined) killRest(stored.pid);
    stored.exitCode = exitCode;
    save();
    void output.finish().catch(() => undefined);
    resolve();
    changed();
  }

  /** State that cannot be written is learnt again from the process itself: a full disk must not end the agent. */
  function save(): void {
    try {
      writeStored(folder, stored);
    } catch {
      return;
    }
  }

  function check(): boolean {
    if (child || stored.pid === undefined || over.signal.aborted) return false;
    const { exitCode } = readStatus(folder);
    if (exitCode === undefined && isAlive(stored.pid, stored.instance)) return true;
    end(exitCode ?? KILLED);
    return false;
  }

  function watchHealth(): void {
    const firstAfterMs = child ? undefined : 0;
    const tell = (health: Stored['health']) => {
      stored.health = health;
      save();
      changed();
    };
    void superviseHealth(stored, firstAfterMs, tell, over.signal);
  }

  child?.once('exit', (code, signal) => {
    end(readStatus(folder).exitCode ?? (signal ? signalExitCode(signal) : (code ?? KILLED)));
  });
  if (stored.exitCode !== undefined) end(stored.exitCode);
  check();
  watchHealth();

  return {
    folder,
    stored,
    output,
    observed: () => observed(stored),
    ended,
    check,
    close() {
      over.abort();
      output.close();
    },
  };
}

function observed(stored: Stored): ObservedContainer {
  const { instance, name, labels, health, ports, pid, exitCode } = stored;
  const container = { id: instance, name, claim: claimOf(labels), health, ports };
  if (exitCode !== undefined) return { ...container, state: 'exited', exitCode, oomKilled: false };
  return { ...container, state: pid === undefined ? 'created' : 'running' };
}
