import type { EngineInfo } from '../../../protocol/engine.ts';
import { lineOf } from '../one-line.ts';
import type { Owner } from '../owner.ts';
import { backOff, delay } from '../pace.ts';
import type { Timing } from '../timing.ts';
import { type Connection, get } from './connection.ts';
import { type DockerEvent, openEvents } from './events.ts';
import { readInfo } from './info.ts';

/** Told in this order: `up`, `inventory`, events ..., `down`. */
export interface WatchHooks {
  up(info: EngineInfo): void;
  down(reason: string): void;
  /** report everything again; rejects when the engine does not answer */
  inventory(): Promise<void>;
  event(event: DockerEvent): void;
}

/** Keeps a connection to the engine for ever, until `closing` aborts. */
export async function watchDocker(
  connection: Connection,
  owner: Owner,
  hooks: WatchHooks,
  timing: Timing,
  closing: AbortSignal,
): Promise<void> {
  const pause = backOff(timing.reconnectFirstMs, timing.reconnectCeilingMs);
  let told = false;
  const up = (info: EngineInfo) => {
    told = false;
    pause.reset();
    hooks.up(info);
  };
  while (!closing.aborted) {
    const reason = await session(connection, owner, { ...hooks, up }, timing, closing);
    if (closing.aborted) return;
    if (!told) hooks.down(reason);
    told = true;
    await delay(pause.next(), closing);
  }
}

/** From `up` to the outage; answers its reason. An event stream that ends is a gap, not yet an outage. */
async function session(
  connection: Connection,
  owner: Owner,
  hooks: WatchHooks,
  timing: Timing,
  closing: AbortSignal,
): Promise<string> {
  const pause = backOff(timing.reconnectFirstMs, timing.reconnectCeilingMs);
  try {
    const info = await readInfo(connection, timing.callMs);
    if (closing.aborted) return '';
    hooks.up(info);
    while (!closing.aborted) {
      await follow(connection, owner, hooks, timing, closing);
      // a short pause also when the stream ends at once, again and again
      await delay(pause.next(), closing);
      const again = await readInfo(connection, timing.callMs);
      if (again.startId !== info.startId) return 'the engine was started anew';
    }
    return '';
  } catch (err) {
    return lineOf(err);
  }
}

/** Until the event stream ends; rejects when the engine leaves a ping or a list unanswered. */
async function follow(
  connection: Connection,
  owner: Owner,
  hooks: WatchHooks,
  timing: Timing,
  closing: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const end = () => over.abort();
  closing.addEventListener('abort', end, { once: true });
  try {
    // the stream is open before the list is asked, so that nothing falls between them
    const events = await openEvents(connection, owner, timing.callMs, over.signal);
    const reading = readEvents(events, hooks);
    const failing = Promise.all([
      keepAsking(connection, timing, over.signal),
      audit(hooks, timing, over.signal),
    ]);
    await Promise.race([reading, failing]);
  } finally {
    end();
    closing.removeEventListener('abort', end);
  }
}

/** However the stream ends, it is over: what that means is judged by the next call. */
async function readEvents(events: AsyncIterable<DockerEvent>, hooks: WatchHooks): Promise<void> {
  try {
    for await (const event of events) hooks.event(event);
  } catch {
    return;
  }
}

async function keepAsking(connection: Connection, timing: Timing, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await delay(timing.pingEveryMs, over);
    if (over.aborted) return;
    await connection.call('answer a ping', timing.pingDeadlineMs, (docker, signal) =>
      get(docker, '/_ping', signal),
    );
  }
}

async function audit(hooks: WatchHooks, timing: Timing, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await hooks.inventory();
    await delay(timing.auditMs, over);
  }
}
