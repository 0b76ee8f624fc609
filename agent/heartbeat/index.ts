/** The agent's side of the heartbeat thread: starts it, feeds it, replaces it when it dies. */
import { isIP } from 'node:net';
import { Worker } from 'node:worker_threads';
import { DEFAULTS } from '../../protocol/config.ts';
import type { Address } from '../../protocol/identity.ts';
import type { HeartbeatCounters, HeartbeatTunables } from '../../protocol/membership/heartbeat.ts';
import { TICK_MS } from '../../protocol/membership/heartbeat-timing.ts';
import type {
  HeartbeatFeed,
  HeartbeatIdentity,
  HeartbeatReport,
} from '../../protocol/membership/heartbeat-types.ts';
import { createFeedDiff } from './feed-diff.ts';
import type { FromWorker, WorkerStart } from './messages.ts';
import { createSharedWords, loadCounters, noteMainTurn } from './shared.ts';
import { supervise } from './supervise.ts';

export interface HeartbeatOptions {
  /** numeric address; port 0: the system picks one */
  listen: Address;
  identity: HeartbeatIdentity;
  /** raw X25519 private key, 32 bytes */
  dhPrivateKey: Uint8Array;
  tunables?: Partial<HeartbeatTunables>;
  report(report: HeartbeatReport): void;
  /** gets one line when the thread died */
  warn?(line: string): void;
  /** makes the thread; tests keep hold of it to let it die */
  spawn?(start: WorkerStart): Worker;
}

export interface Heartbeat {
  readonly port: number;
  feed(feed: HeartbeatFeed): void;
  /** Call at each turn of the main loop: the age of the last call travels in every heartbeat. */
  alive(): void;
  /** Datagrams sent, accepted and dropped since the start, over all threads that lived. */
  counters(): HeartbeatCounters;
  close(): Promise<void>;
}

/** Resolves when the socket is bound, rejects when it cannot be. The thread does not keep the process alive. */
export async function startHeartbeat(options: HeartbeatOptions): Promise<Heartbeat> {
  checkOptions(options);
  const { identity, dhPrivateKey, report } = options;
  const words = createSharedWords();
  const tunables = { ...DEFAULTS, ...options.tunables };
  const spawn = options.spawn ?? spawnWorker;
  const diff = createFeedDiff();
  const bound = Promise.withResolvers<void>();
  let port = options.listen.port;
  let isBound = false;
  let isClosed = false;

  const alive = (): void => noteMainTurn(words);
  const hear = (message: FromWorker): void => {
    if (isClosed) return;
    if (message.kind === 'report') report(message.report);
    else if (message.kind === 'listening') {
      port = message.port;
      isBound = true;
      supervised.worker().unref();
      bound.resolve();
    } else if (isBound) {
      report({ report: 'unwell', code: message.code });
      void supervised.worker().terminate();
    } else bound.reject(new Error(cannotListen(options.listen, message.code)));
  };
  const start = (): Worker => {
    const listen = { address: options.listen.address, port };
    const worker = spawn({ listen, identity, dhPrivateKey, tunables, words });
    worker.on('message', hear);
    const feed = diff.whole();
    if (feed !== undefined) worker.postMessage(feed);
    return worker;
  };

  alive();
  const supervised = supervise(start, (reason) => {
    options.warn?.(`heartbeat thread died and is started again: ${reason}`);
    bound.reject(new Error(`heartbeat thread died at its start: ${reason}`));
  });
  const timer = setInterval(alive, TICK_MS).unref();
  const close = async (): Promise<void> => {
    isClosed = true;
    clearInterval(timer);
    await supervised.close();
  };
  try {
    await bound.promise;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    get port() {
      return port;
    },
    feed: (feed) => supervised.worker().postMessage(diff.next(feed)),
    alive,
    counters: () => loadCounters(words),
    close,
  };
}

export function spawnWorker(start: WorkerStart): Worker {
  // Run from the sources in development, from compiled files in the package.
  const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
  // It makes little garbage: a small young generation keeps its memory from growing for nothing.
  const resourceLimits = { maxYoungGenerationSizeMb: 2 };
  return new Worker(new URL(file, import.meta.url), { workerData: start, name: 'heartbeat', resourceLimits });
}

function checkOptions({ listen, dhPrivateKey }: HeartbeatOptions): void {
  if (isIP(listen.address) === 0) {
    throw new Error(`heartbeats cannot listen on ${listen.address}: give a numeric address, such as 0.0.0.0`);
  }
  if (dhPrivateKey.length !== 32) {
    throw new Error(`the heartbeat key has ${dhPrivateKey.length} bytes: a raw X25519 private key has 32`);
  }
}

const cannotListen = ({ address, port }: Address, code: string): string =>
  `heartbeats cannot listen on UDP ${address}:${port} (${code}): stop what uses it or choose another --listen`;
