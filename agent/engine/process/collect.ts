import { type FSWatcher, fstatSync, ftruncateSync, readFileSync, watch } from 'node:fs';
import { type FileHandle, open, rename, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type LineSplitter, lineSplitter } from '../lines.ts';
import { filesOf } from './state.ts';

type StreamName = 'stdout' | 'stderr';
const STREAMS: StreamName[] = ['stdout', 'stderr'];

/** The framed log is cut here; one older part is kept. */
const LOG_BYTES = 8 * 1024 * 1024;
/** Raw output that was framed is dropped from here on, in a moment when nothing new has come ... */
const RAW_BYTES = 4 * 1024 * 1024;
/** ... and at the latest here: of a process that never pauses, the lines of that moment are lost. */
const RAW_BYTES_AT_MOST = 256 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const CHUNKS_AT_ONCE = 16;
/** Where the system cannot watch folders, they are looked at this often. */
const UNWATCHED_MS = 1_000;

/**
 * Turns a container's raw output into its log: lines `MS o TEXT` or `MS e TEXT`. Processes write straight into
 * files, so that neither a dead agent nor a slow one ever stops them; the time is that of the file's last change.
 */
export interface Collector {
  /** frames what has been written so far */
  collect(): Promise<void>;
  /** the same, with the unfinished last line; nothing comes afterwards */
  finish(): Promise<void>;
  /** runs while nothing is being appended */
  exclusive<T>(task: () => Promise<T>): Promise<T>;
  /** how often the log was cut */
  generation(): number;
  finished(): boolean;
  /** resolves at the next append, or at the end */
  appended(): Promise<void>;
  close(): void;
}

interface Source {
  name: StreamName;
  file: string;
  /** bytes read so far, the splitter's unfinished line included */
  read: number;
  splitter: LineSplitter;
}

/** `ended` is called when the process has noted its end. */
export function collectOutput(folder: string, collectMs: number, ended: () => void): Collector {
  const files = filesOf(folder);
  const offsets = readOffsets(files.offsets);
  const sources = STREAMS.map(
    (name): Source => ({ name, file: files[name], read: offsets[name], splitter: lineSplitter() }),
  );
  let queue: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | null = null;
  let generation = 0;
  let finished = false;
  let bell = Promise.withResolvers<void>();
  const stopWatching = watchFolder(files.raw, (file) => {
    if (file === basename(files.status)) ended();
    schedule();
  });

  function schedule(): void {
    timer ??= setTimeout(() => void collect().catch(() => undefined), collectMs);
  }

  function exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = queue.then(task);
    queue = result.catch(() => undefined);
    return result;
  }

  function ring(): void {
    bell.resolve();
    bell = Promise.withResolvers<void>();
  }

  async function frameAll(last: boolean): Promise<void> {
    for (let more = true; more; ) {
      const rounds = [];
      for (const source of sources) rounds.push(await frame(source, files.log, last));
      if (rounds.some(({ any }) => any)) await noteProgress();
      more = rounds.some((round) => round.more);
      // others wait for their turn meanwhile: the rest comes in a turn of its own
      if (more && !last) return schedule();
    }
  }

  async function noteProgress(): Promise<void> {
    await writeFile(files.offsets, JSON.stringify(Object.fromEntries(sources.map(offsetOf))));
    if ((await stat(files.log)).size > LOG_BYTES) {
      await rename(files.log, files.olderLog);
      generation += 1;
    }
    ring();
  }

  async function collect(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    if (!finished) await exclusive(() => frameAll(false));
  }

  async function finish(): Promise<void> {
    stopWatching();
    if (timer) clearTimeout(timer);
    await exclusive(async () => {
      if (!finished) await frameAll(true);
      finished = true;
    }).finally(() => {
      finished = true;
      ring();
    });
  }

  return {
    collect,
    finish,
    exclusive,
    generation: () => generation,
    finished: () => finished,
    appended: () => bell.promise,
    close() {
      stopWatching();
      if (timer) clearTimeout(timer);
      finished = true;
      ring();
    },
  };
}

const offsetOf = ({ name, read, splitter }: Source): [StreamName, number] => [
  name,
  read - splitter.pendingBytes(),
];

/** Appends new lines of one stream; answers whether there were any, and whether more is left to read. */
async function frame(source: Source, log: string, last: boolean): Promise<{ any: boolean; more: boolean }> {
  const raw = await open(source.file, 'r+').catch(() => null);
  if (!raw) return { any: false, more: false };
  try {
    const { size, mtimeMs } = await raw.stat();
    if (size < source.read) restart(source);
    let any = false;
    for (let chunks = 0; chunks < CHUNKS_AT_ONCE; chunks += 1) {
      const chunk = await readChunk(raw, source.read);
      source.read += chunk.length;
      const lines = chunk.length > 0 ? source.splitter.push(chunk) : last ? source.splitter.end() : [];
      any = (await append(log, source, lines, mtimeMs)) || any;
      if (chunk.length > 0) continue;
      dropFramed(raw, source);
      return { any, more: false };
    }
    return { any, more: true };
  } finally {
    await raw.close();
  }
}

/** Empties a raw file whose content is all framed. Synchronous, since the process goes on writing meanwhile. */
function dropFramed(raw: FileHandle, source: Source): void {
  if (source.read < RAW_BYTES || source.splitter.pendingBytes() > 0) return;
  if (source.read < RAW_BYTES_AT_MOST && fstatSync(raw.fd).size !== source.read) return;
  ftruncateSync(raw.fd);
  restart(source);
}

function restart(source: Source): void {
  source.read = 0;
  source.splitter = lineSplitter();
}

async function readChunk(raw: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await raw.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, position);
  return buffer.subarray(0, bytesRead);
}

async function append(log: string, { name }: Source, lines: string[], atMs: number): Promise<boolean> {
  if (lines.length === 0) return false;
  const head = `${Math.floor(atMs)} ${name === 'stdout' ? 'o' : 'e'} `;
  await writeFile(log, lines.map((line) => `${head}${line}\n`).join(''), { flag: 'a', mode: 0o600 });
  return true;
}

function readOffsets(file: string): Record<StreamName, number> {
  try {
    const { stdout, stderr }: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'));
    return { stdout: Number(stdout ?? 0), stderr: Number(stderr ?? 0) };
  } catch {
    return { stdout: 0, stderr: 0 };
  }
}

function watchFolder(folder: string, changed: (file: string | null) => void): () => void {
  let watcher: FSWatcher | null = null;
  let timer: NodeJS.Timeout | null = null;
  const look = () => {
    timer ??= setInterval(() => changed(null), UNWATCHED_MS).unref();
  };
  try {
    watcher = watch(folder, { persistent: false }, (_, file) => changed(file));
    watcher.on('error', look);
  } catch {
    look();
  }
  changed(null);
  return () => {
    watcher?.close();
    if (timer) clearInterval(timer);
  };
}
