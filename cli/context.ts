/** What a command works with: the agent, the caller's surroundings, and where its words go. */
import type { Envelope, Freshness } from '../protocol/api.ts';
import { type Client, createClient, DEFAULT_SOCKET } from './client.ts';
import { createStyle, freshnessLine, keptLine, oneLine, type Style } from './output.ts';

/** A stream of the process, or of a test. */
export interface Sink {
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  isTTY?: boolean;
}

/** The world of one run. */
export interface Io {
  stdout: Sink;
  stderr: Sink;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
}

export interface GlobalOptions {
  json?: boolean;
  socket?: string;
}

export interface Context extends Client {
  io: Io;
  socket: string;
  json: boolean;
  style: Style;
  /** one line, or several, on standard output */
  say(text: string): void;
  /** the same on standard error: what is no part of the answer */
  tell(text: string): void;
}

export const createContext = (io: Io, options: GlobalOptions): Context => {
  const socket = options.socket ?? (io.env.SHOAL_SOCKET || DEFAULT_SOCKET);
  return {
    io,
    socket,
    json: options.json ?? false,
    style: createStyle(io.stdout.isTTY ?? false, io.env),
    say: (text) => io.stdout.write(`${text}\n`),
    tell: (text) => io.stderr.write(`${text}\n`),
    ...createClient(socket),
  };
};

export const sayJson = (context: Context, value: unknown): void => context.say(JSON.stringify(value));

/** One dim line under an answer, and the agent's own troubles on standard error. */
export const sayFreshness = (context: Context, freshness: Freshness, line: (text: string) => void): void => {
  line(context.style.dim(freshnessLine(freshness)));
  for (const warning of freshness.warnings) context.tell(`warning: ${oneLine(warning)}`);
};

/** Prints an answer: with --json the envelope as it came, else `text`, where a change was kept, and how fresh it is. */
export const show = <T>(context: Context, envelope: Envelope<T>, text: (data: T) => string): void => {
  if (context.json) {
    sayJson(context, envelope);
    return;
  }
  context.say(text(envelope.data));
  if (envelope.kept) context.say(keptLine(envelope.kept));
  sayFreshness(context, envelope.freshness, context.say);
};
