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
  /** of what `say` prints */
  style: Style;
  /** of what `tell` prints: each stream may be a terminal or not */
  tellStyle: Style;
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
    tellStyle: createStyle(io.stderr.isTTY ?? false, io.env),
    say: (text) => io.stdout.write(`${text}\n`),
    tell: (text) => io.stderr.write(`${text}\n`),
    ...createClient(socket),
  };
};

export const sayJson = (context: Context, value: unknown): void => context.say(JSON.stringify(value));

/** The agent's own troubles, for standard error. */
const tellWarnings = (context: Context, { warnings }: Freshness): void => {
  for (const warning of warnings) context.tell(`warning: ${oneLine(warning)}`);
};

/** How fresh an answer is, for commands whose standard output is the bare answer. */
export const tellFreshness = (context: Context, freshness: Freshness): void => {
  context.tell(context.tellStyle.dim(freshnessLine(freshness)));
  tellWarnings(context, freshness);
};

/** Prints an answer: with --json the envelope as it came, else `text`, where a change was kept, and how fresh it is. */
export const show = <T>(context: Context, envelope: Envelope<T>, text: (data: T) => string): void => {
  if (context.json) {
    sayJson(context, envelope);
    return;
  }
  context.say(text(envelope.data));
  if (envelope.kept) context.say(keptLine(envelope.kept));
  context.say(context.style.dim(freshnessLine(envelope.freshness)));
  tellWarnings(context, envelope.freshness);
};
