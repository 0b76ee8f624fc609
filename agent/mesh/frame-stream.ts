/** A libp2p stream as a duplex of whole messages: 4 bytes of length (big-endian), then that many bytes. */
import type { Stream } from '@libp2p/interface';

/** Largest message of either direction: what a hostile member can make us hold at once. */
export const MAX_FRAME_BYTES = 1024 * 1024;

const HEADER_BYTES = 4;
/** More unread bytes than this pause the sender. */
const READ_AHEAD_BYTES = 256 * 1024;
/** Writers wait once this much is queued in the stream. */
const WRITE_AHEAD_BYTES = 256 * 1024;

/** One request between two hosts: messages both ways, slow readers slow the writer down. */
export interface CallStream {
  /** The next message; undefined when the peer has ended its side. Throws one line if the stream broke. */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when there is room for more. Throws one line if the stream is closed or the message over 1 MiB. */
  write(message: Uint8Array): Promise<void>;
  /** No more messages from this side; what was written still arrives. */
  end(): Promise<void>;
  /** Both sides at once; what is under way is lost. */
  abort(why: string): void;
  /** Fires when the stream is gone in both directions, for whatever reason. */
  readonly closed: AbortSignal;
}

export function frame(message: Uint8Array): Uint8Array {
  if (message.length > MAX_FRAME_BYTES) {
    throw new Error(`message of ${message.length} bytes is over the limit of ${MAX_FRAME_BYTES}`);
  }
  const out = new Uint8Array(HEADER_BYTES + message.length);
  new DataView(out.buffer).setUint32(0, message.length);
  out.set(message, HEADER_BYTES);
  return out;
}

/**
 * Calls `onFrame` for each message and `onEnd` once: without an error only if the peer said that it was done. libp2p
 * ends a stream cleanly when the process behind it dies; a cut log must not look complete.
 */
export function readFrames(
  stream: Stream,
  onFrame: (message: Uint8Array) => void,
  onEnd: (error?: Error) => void,
): void {
  let pending: Uint8Array = new Uint8Array(0);
  let over = false;
  let finished = stream.remoteWriteStatus === 'closed' && stream.status === 'open';
  const end = (error?: Error): void => {
    if (over) return;
    over = true;
    const whole = finished && pending.length === 0;
    onEnd(error ?? (whole ? undefined : new Error('connection was lost')));
  };
  stream.addEventListener('remoteCloseWrite', () => {
    finished = true;
  });
  stream.addEventListener('end', () => {
    // An abort or reset ends reading too, and tells why in the `close` that follows.
    if (stream.status !== 'aborted' && stream.status !== 'reset') end();
  });
  stream.addEventListener('close', (event) => {
    if (event.error || stream.readableEnded) end(event.error);
  });
  stream.addEventListener('message', (event) => {
    pending = pending.length === 0 ? event.data.subarray() : append(pending, event.data.subarray());
    while (!over && pending.length >= HEADER_BYTES) {
      const size = new DataView(pending.buffer, pending.byteOffset).getUint32(0);
      if (size > MAX_FRAME_BYTES) return stream.abort(new Error(`peer sent a message of ${size} bytes`));
      if (pending.length < HEADER_BYTES + size) return;
      const message = pending.slice(HEADER_BYTES, HEADER_BYTES + size);
      pending = pending.subarray(HEADER_BYTES + size);
      onFrame(message);
    }
  });
  if (stream.readableEnded) end();
}

/** Resolves when the stream can take more; throws if it closes before. */
export async function roomFor(stream: Stream): Promise<void> {
  // Not libp2p's onDrain(): its promise stays resolved after the first drain, so it holds nobody back twice.
  if (stream.writeBufferLength < WRITE_AHEAD_BYTES) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const settle = (): void => resolve();
  stream.addEventListener('idle', settle, { once: true });
  stream.addEventListener('close', settle, { once: true });
  await promise;
  stream.removeEventListener('idle', settle);
  stream.removeEventListener('close', settle);
  if (stream.writeStatus !== 'writable') throw new Error('connection was lost');
}

export function createCallStream(stream: Stream): CallStream {
  const unread: Uint8Array[] = [];
  const gone = new AbortController();
  let unreadBytes = 0;
  let ended: { error?: Error } | undefined;
  let wake = (): void => {};
  stream.addEventListener('close', () => gone.abort());
  readFrames(
    stream,
    (message) => {
      unread.push(message);
      unreadBytes += message.length;
      if (unreadBytes > READ_AHEAD_BYTES) setReading(stream, false);
      wake();
    },
    (error) => {
      ended = error ? { error } : {};
      wake();
    },
  );
  return {
    closed: gone.signal,
    async read() {
      while (unread.length === 0 && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const message = unread.shift();
      if (!message && ended?.error) throw ended.error;
      unreadBytes -= message?.length ?? 0;
      if (unreadBytes <= READ_AHEAD_BYTES / 2) setReading(stream, true);
      return message;
    },
    async write(message) {
      if (stream.writeStatus !== 'writable') throw new Error('connection was lost');
      stream.send(frame(message));
      await roomFor(stream);
    },
    end: () => stream.close().catch(() => {}),
    abort: (why) => stream.abort(new Error(why)),
  };
}

/** libp2p throws when a closed stream is paused or resumed. */
function setReading(stream: Stream, reading: boolean): void {
  if (stream.readStatus === 'readable' && !reading) stream.pause();
  if (stream.readStatus === 'paused' && reading) stream.resume();
}

function append(held: Uint8Array, more: Uint8Array): Uint8Array {
  const out = new Uint8Array(held.length + more.length);
  out.set(held);
  out.set(more, held.length);
  return out;
}
