/** The heartbeat thread: a socket, a clock and the pure machine between them; nothing that main does delays it. */
import { parentPort, workerData } from 'node:worker_threads';
import { createHeartbeat, stepHeartbeat } from '../../protocol/membership/heartbeat.ts';
import { TICK_MS } from '../../protocol/membership/heartbeat-timing.ts';
import type { HeartbeatInput, HeartbeatPeer } from '../../protocol/membership/heartbeat-types.ts';
import { createPairKeys } from './keys.ts';
import type { FromWorker, WorkerFeed, WorkerStart } from './messages.ts';
import { raiseThreadPriority } from './priority.ts';
import { addCounters, loadLastCounter, mainAgeMs, storeLastCounter } from './shared.ts';
import { openSocket } from './socket.ts';

const { listen, identity, dhPrivateKey, tunables, words }: WorkerStart = workerData;
const tell = (message: FromWorker): void => parentPort?.postMessage(message);

raiseThreadPriority();
const keys = createPairKeys(identity, dhPrivateKey);
const machine = createHeartbeat(identity, keys.mac, tunables, loadLastCounter(words));
const socket = openSocket(listen, {
  listening: (port) => tell({ kind: 'listening', port }),
  cannotListen: (code) => tell({ kind: 'cannotListen', code }),
  datagram: (bytes, from) => step({ ...clocks(), kind: 'datagram', bytes, ...from }),
});
let peers: HeartbeatPeer[] = [];

parentPort?.on('message', ({ peers: changed, ...feed }: WorkerFeed) => {
  if (changed !== undefined) {
    peers = changed;
    keys.know(peers);
  }
  step({ ...clocks(), kind: 'feed', feed: { ...feed, peers } });
});
// After the loop has read the socket: what arrived while this thread waited for a CPU is no silence.
setInterval(() => setImmediate(tick), TICK_MS);

function tick(): void {
  step({ ...clocks(), kind: 'tick', mainAgeMs: mainAgeMs(words) });
  addCounters(words, machine.counters);
}

function step(input: HeartbeatInput): void {
  const effects = stepHeartbeat(machine, input);
  storeLastCounter(words, machine.counter);
  for (const effect of effects) {
    if (effect.kind === 'datagram') {
      const { host, bytes } = effect;
      socket.send(bytes, effect, (code) => step({ ...clocks(), kind: 'sendFailed', host, code }));
    } else {
      const { kind, ...report } = effect;
      tell({ kind, report });
    }
  }
}

function clocks(): { now: number; wall: number } {
  return { now: performance.now(), wall: Date.now() };
}
