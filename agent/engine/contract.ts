import type { EngineEvent, EngineOp } from '../../protocol/engine.ts';
import type { Usage } from './host-usage.ts';
import type { Owner } from './owner.ts';
import type { Timing } from './timing.ts';

export interface LogLine {
  stream: 'stdout' | 'stderr';
  line: string;
}

export interface LogOptions {
  /** go on with new lines until `signal` aborts or the container is gone */
  follow: boolean;
  /** at most this many of the last lines */
  tail?: number;
  /** only lines written since then, milliseconds since 1970 */
  sinceMs?: number;
  signal: AbortSignal;
}

/** What the agent knows of a container engine. Everything an operation brings comes back as an event. */
export interface Engine {
  /**
   * Connects, then reports `up` and `inventory`, streams events, and reconnects for ever with back-off;
   * each outage is reported once, as `down` with a one-line reason.
   */
  start(report: (event: EngineEvent) => void): void;
  /** Never throws: the outcome is an event. Starts are bounded; a stuck container delays no other. */
  perform(op: EngineOp): void;
  /** Output of one of our containers, oldest first; fails with one line when there is no such container. */
  logs(containerName: string, options: LogOptions): AsyncIterable<LogLine>;
  /** Use of this host, 0 to 1000. */
  usage(): Promise<Usage>;
  /** Closes connections and watchers; no container is touched. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** where `process:` without a folder keeps its containers */
  processDir?: string;
  /** one line for the agent's log: things an operator may want to know that are no events */
  log?: (line: string) => void;
  timing?: Partial<Timing>;
}

/** What every engine is made from. */
export interface EngineSetup {
  owner: Owner;
  log: (line: string) => void;
  timing: Timing;
}
