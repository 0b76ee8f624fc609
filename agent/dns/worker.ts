/** The DNS thread: owns the sockets and a copy of the zone, so that nothing the agent does delays an answer. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { applyDelta, createZone, setLocalSubnets } from '../../protocol/naming/zone.ts';
import { createForwarder } from './forward.ts';
import { listenAll } from './listen.ts';
import type { FromWorker, ToWorker, WorkerSettings } from './messages.ts';
import { createResponder } from './respond.ts';
import { createUpstreamSource } from './upstreams.ts';

const THREAD_PRIORITY = -10;

async function serve(main: MessagePort, settings: WorkerSettings): Promise<void> {
  const zone = createZone(settings.domain, settings.self, settings.localSubnets);
  if (settings.zone !== undefined) applyDelta(zone, settings.zone);
  main.on('message', (message: ToWorker) => {
    if (message.kind === 'delta') applyDelta(zone, message.delta);
    else setLocalSubnets(zone, message.subnets);
  });
  raisePriority();
  const forwarder = createForwarder(createUpstreamSource(settings.upstreams, settings.listen));
  const ready: FromWorker = await listenAll(settings.listen, createResponder(zone, forwarder));
  main.postMessage(ready);
}

/** Linux lets one thread be nicer than another; without the right to do so, answers just share the CPU. */
function raisePriority(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), THREAD_PRIORITY);
  } catch {
    // not Linux, or not root
  }
}

const main = parentPort;
if (main === null) throw new Error('worker.ts runs as a thread of the agent only: see server.ts');
// the first message says what to serve, all others are news
main.once('message', (settings: WorkerSettings) => serve(main, settings));
