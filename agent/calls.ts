/** Requests between hosts that are no gossip: one host's agent asks another's for a container's log. */
import { decode, encode } from '../protocol/wire/codec.ts';
import { flag, integer, object, oneOf, optional, text } from '../protocol/wire/shape.ts';
import type { Engine, LogLine } from './engine/engine.ts';
import type { Log } from './log.ts';
import type { CallStream } from './mesh/mesh.ts';

const logsRequest = object({
  call: oneOf('logs'),
  container: text(300),
  follow: flag,
  tail: optional(integer(0, 1_000_000)),
  sinceMs: optional(integer()),
});
export type LogsRequest = Omit<ReturnType<typeof logsRequest>, 'call'>;

const logLine = object({ stream: oneOf('stdout', 'stderr'), line: text(1_000_000) });

/** Answers one request stream of a peer. Never throws. */
export async function serveCalls(engine: Engine, from: string, stream: CallStream, log: Log): Promise<void> {
  try {
    const first = await stream.read();
    if (!first) return;
    const request = logsRequest(decode(first), 'request');
    for await (const line of engine.logs(request.container, { ...request, signal: stream.closed })) {
      await stream.write(encode(line));
    }
    await stream.end();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    log('debug', 'call failed', { from, reason: why });
    stream.abort(why);
  }
}

/** The log of a container on another host. Throws one line when the stream breaks. */
export async function* remoteLogs(stream: CallStream, request: LogsRequest): AsyncIterable<LogLine> {
  await stream.write(encode({ call: 'logs', ...request }));
  for (;;) {
    const bytes = await stream.read();
    if (!bytes) return;
    yield logLine(decode(bytes), 'line');
  }
}
