import type { LogLine, LogOptions } from '../contract.ts';
import { lineSplitter } from '../lines.ts';
import { CallFailed, type Connection, getStream } from './connection.ts';
import type { Observer } from './observe.ts';

/** Output of one of our containers. Ends when the container does, or when the signal aborts. */
export async function* dockerLogs(
  connection: Connection,
  observer: Observer,
  name: string,
  options: LogOptions,
  callMs: number,
): AsyncIterable<LogLine> {
  const holder = await observer.find(name);
  if (holder.kind !== 'ours')
    throw new CallFailed(`there is no container ${name} of this mesh on this host`, 404);
  if (options.signal.aborted) return;
  try {
    yield* linesOf(await openLogs(connection, name, options, callMs));
  } catch (err) {
    if (!options.signal.aborted) throw err;
  }
}

/** Read as a stream even without `follow`: dockerode's own `logs` would take the whole log into memory. */
function openLogs(connection: Connection, name: string, options: LogOptions, callMs: number) {
  const query = {
    stdout: '1',
    stderr: '1',
    follow: options.follow ? '1' : '0',
    tail: options.tail === undefined ? 'all' : String(options.tail),
    since: options.sinceMs === undefined ? '0' : (options.sinceMs / 1000).toFixed(3),
  };
  return connection.open(`open the log of ${name}`, callMs, options.signal, (docker, abortSignal) =>
    getStream(docker, `/containers/${name}/logs`, query, abortSignal),
  );
}

const HEADER_BYTES = 8;
const STDERR = 2;

/** Frames: one byte of stream (1 stdout, 2 stderr), three of nothing, four of length, then the output itself. */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncIterable<LogLine> {
  const splitters = { stdout: lineSplitter(), stderr: lineSplitter() };
  let data: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    data = data.length > 0 ? Buffer.concat([data, chunk]) : chunk;
    while (data.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + data.readUInt32BE(4);
      if (data.length < end) break;
      const name = data[0] === STDERR ? 'stderr' : 'stdout';
      for (const line of splitters[name].push(data.subarray(HEADER_BYTES, end))) yield { stream: name, line };
      data = data.subarray(end);
    }
  }
  for (const name of ['stdout', 'stderr'] as const) {
    for (const line of splitters[name].end()) yield { stream: name, line };
  }
}
