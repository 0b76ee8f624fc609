/** Messages to one host each, in order: one queue and one long-lived stream per host, so that nobody waits for another. */
import type { Stream } from '@libp2p/interface';
import type { HostId } from '../../protocol/identity.ts';
import { frame, MAX_FRAME_BYTES, roomFor } from './frame-stream.ts';
import type { Link } from './links.ts';

export const FRAMES_PROTOCOL = '/shoal/frames/1';

export interface Outbox {
  /** opens a stream of `FRAMES_PROTOCOL`, dialling if need be */
  readonly open: (host: HostId, signal: AbortSignal) => Promise<{ link: Link; stream: Stream }>;
  readonly log: (line: string) => void;
  readonly queues: Map<HostId, Queue>;
}

interface Queue {
  readonly messages: Uint8Array[];
  bytes: number;
  sending: boolean;
  /** said once until there is room again */
  overflowed: boolean;
  /** the stream and the link it runs over */
  stream?: Stream;
  link?: Link;
}

const MAX_QUEUE_BYTES = 16 * 1024 * 1024;
const OPEN_STREAM_MS = 10_000;

export const createOutbox = (wish: Pick<Outbox, 'open' | 'log'>): Outbox => ({
  ...wish,
  queues: new Map(),
});

/** Never throws. What cannot be delivered is dropped and logged: repair brings it later. */
export function post(outbox: Outbox, host: HostId, message: Uint8Array): void {
  if (message.length > MAX_FRAME_BYTES) {
    outbox.log(
      `message of ${message.length} bytes for ${host} dropped: over the limit of ${MAX_FRAME_BYTES}`,
    );
    return;
  }
  const queue = outbox.queues.get(host) ?? { messages: [], bytes: 0, sending: false, overflowed: false };
  outbox.queues.set(host, queue);
  if (queue.bytes + message.length > MAX_QUEUE_BYTES) {
    if (!queue.overflowed)
      outbox.log(`messages for ${host} dropped: ${queue.bytes} bytes are waiting already`);
    queue.overflowed = true;
    return;
  }
  queue.overflowed = false;
  queue.messages.push(message);
  queue.bytes += message.length;
  if (!queue.sending) void drain(outbox, host, queue);
}

/** The link has ended or was replaced: the next message opens a stream over the one in use. */
export function forgetStream(outbox: Outbox, link: Link): void {
  const queue = outbox.queues.get(link.host);
  if (queue?.link !== link) return;
  queue.stream?.close().catch(() => {});
  delete queue.stream;
  delete queue.link;
}

async function drain(outbox: Outbox, host: HostId, queue: Queue): Promise<void> {
  queue.sending = true;
  try {
    while (queue.messages.length > 0) {
      const stream = isWritable(queue.stream) ? queue.stream : await openStream(outbox, host, queue);
      const message = queue.messages.shift();
      if (!message) break;
      queue.bytes -= message.length;
      if (queue.link) queue.link.usedAt = performance.now();
      await sendOver(stream, message);
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    outbox.log(`${queue.messages.length} messages for ${host} dropped: ${why}`);
    queue.messages.length = 0;
    queue.bytes = 0;
  } finally {
    queue.sending = false;
    if (queue.messages.length === 0 && !isWritable(queue.stream)) outbox.queues.delete(host);
  }
}

/** A stream that breaks takes what is in it along; the next message gets a new one. */
async function sendOver(stream: Stream, message: Uint8Array): Promise<void> {
  try {
    stream.send(frame(message));
    await roomFor(stream);
  } catch {
    stream.abort(new Error('could not send'));
  }
}

const isWritable = (stream: Stream | undefined): stream is Stream => stream?.writeStatus === 'writable';

async function openStream(outbox: Outbox, host: HostId, queue: Queue): Promise<Stream> {
  const { link, stream } = await outbox.open(host, AbortSignal.timeout(OPEN_STREAM_MS));
  queue.stream = stream;
  queue.link = link;
  return stream;
}
