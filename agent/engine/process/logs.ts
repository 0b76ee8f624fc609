import { type FileHandle, open } from 'node:fs/promises';
import type { LogLine, LogOptions } from '../contract.ts';
import { LONGEST_LINE_BYTES, lineSplitter } from '../lines.ts';
import type { Collector } from './collect.ts';
import { filesOf } from './state.ts';

const CHUNK_BYTES = 256 * 1024;
/** The stamp comes on top, and bytes that are no text grow to three when they are written as such. */
const FRAME_BYTES = 4 * LONGEST_LINE_BYTES;

interface StampedLine extends LogLine {
  atMs: number;
}

/** Output of a container from its framed log; `follow` goes on until it has ended or the signal aborts. */
export async function* processLogs(
  folder: string,
  collector: Collector,
  options: LogOptions,
): AsyncIterable<LogLine> {
  const { signal, follow, sinceMs = 0, tail } = options;
  const files = filesOf(folder);
  await collector.collect();
  const start = await collector.exclusive(async () => ({
    older: await openOrNull(files.olderLog),
    current: await openOrNull(files.log),
    generation: collector.generation(),
  }));
  let reader = logReader(start.current);
  let { generation } = start;
  try {
    yield* plain(await lastLines([logReader(start.older), reader], sinceMs, tail));
    while (follow && !signal.aborted) {
      const appended = collector.appended();
      const ended = collector.finished();
      const cut = collector.generation() !== generation;
      for await (const line of reader.read()) {
        if (signal.aborted) return;
        yield { stream: line.stream, line: line.line };
      }
      if (cut || !reader.isOpen()) {
        const reopened = await openOrNull(files.log);
        if (reopened) {
          await reader.close();
          reader = logReader(reopened);
          generation = collector.generation();
          continue;
        }
      }
      if (ended) return;
      await either(appended, signal);
    }
  } finally {
    await start.older?.close();
    await reader.close();
  }
}

async function* plain(lines: StampedLine[]): AsyncIterable<LogLine> {
  for (const { stream, line } of lines) yield { stream, line };
}

interface LogReader {
  isOpen(): boolean;
  /** from where it stopped last to the present end */
  read(): AsyncIterable<StampedLine>;
  close(): Promise<void>;
}

function logReader(file: FileHandle | null): LogReader {
  const splitter = lineSplitter(FRAME_BYTES);
  let position = 0;
  return {
    isOpen: () => file !== null,
    async *read() {
      while (file) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        for (const text of splitter.push(buffer.subarray(0, bytesRead))) {
          const [, atMs, letter, line = ''] = text.match(/^(\d+) ([oe]) (.*)$/s) ?? [];
          if (letter) yield { atMs: Number(atMs), stream: letter === 'o' ? 'stdout' : 'stderr', line };
        }
      }
    },
    close: async () => file?.close(),
  };
}

async function lastLines(
  readers: LogReader[],
  sinceMs: number,
  tail: number | undefined,
): Promise<StampedLine[]> {
  let lines: StampedLine[] = [];
  const most = tail ?? Number.POSITIVE_INFINITY;
  for (const reader of readers) {
    for await (const line of reader.read()) {
      if (line.atMs >= sinceMs) lines.push(line);
      // now and then, or a long log with a short tail would be copied for each line
      if (lines.length > most + 10_000) lines = lines.slice(-most);
    }
  }
  return most === 0 ? [] : lines.slice(-most);
}

const openOrNull = (file: string): Promise<FileHandle | null> => open(file, 'r').catch(() => null);

function either(appended: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done, { once: true });
    void appended.then(done);
  });
}
