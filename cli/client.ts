/** Typed calls of the agent's API over its unix socket. A call is over, one way or the other, within its deadline. */
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { API_PREFIX, type Envelope, type ErrorBody, type LogLine, type Routes } from '../protocol/api.ts';
import { CommandError } from './failure.ts';

export const DEFAULT_SOCKET = '/run/shoal/shoal.sock';
const DEADLINE_MS = 5_000;

export type Route = keyof Routes;

type ParamNames<Path extends string> = Path extends `${string}/:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : Path extends `${string}/:${infer Name}`
    ? Name
    : never;

/** What a route takes: `params` for its `:names`, `query`, `body`. */
export type CallInput<R extends Route> = ([ParamNames<R>] extends [never]
  ? unknown
  : { params: Record<ParamNames<R>, string> }) &
  (Routes[R] extends { query: infer Query } ? { query?: Query } : unknown) &
  (Routes[R] extends { body: infer Body } ? { body: Body } : unknown) & {
    /** 5000 unless the command is known to take longer */
    deadlineMs?: number;
  };

interface LooseInput {
  params?: Record<string, string>;
  query?: object;
  body?: unknown;
  deadlineMs?: number;
}

export interface Client {
  /** Throws CommandError: the agent's own error, UNREACHABLE without an agent, TIMED_OUT after the deadline. */
  call<R extends Route>(route: R, input: CallInput<R>): Promise<Envelope<Routes[R]['out']>>;
  /** The lines of a service's log as they arrive; the deadline holds for the answer's start, then for silence unless following. */
  logs(input: CallInput<'GET /services/:service/logs'>): AsyncIterable<LogLine>;
}

const howToStart = 'start one with `shoal agent`, or name its socket by --socket PATH or SHOAL_SOCKET';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: `there is no such socket; ${howToStart}`,
  ECONNREFUSED: `nobody listens there; ${howToStart}`,
  ENOTSOCK: `it is no socket; ${howToStart}`,
  EACCES: 'this user may not use the socket; run the command as root',
  EPERM: 'this user may not use the socket; run the command as root',
  ECONNRESET: 'it closed the connection; its log says why',
};

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const isDeadline = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');

const connectionError = (error: unknown, socket: string, route: string, deadlineMs: number): CommandError => {
  if (error instanceof CommandError) return error;
  if (isDeadline(error)) {
    const message = `the agent at ${socket} did not answer ${route} within ${deadlineMs / 1000} s`;
    return new CommandError({ code: 'TIMED_OUT', message });
  }
  const reason = REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
  return new CommandError({ code: 'UNREACHABLE', message: `no agent answers at ${socket}: ${reason}` });
};

const pathOf = (path: string, { params = {}, query = {} }: LooseInput): string => {
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return `${API_PREFIX}${filled}${search.size === 0 ? '' : `?${search}`}`;
};

/** Sends the request and resolves with the start of the answer. */
const open = (
  socket: string,
  route: string,
  input: LooseInput,
  signal: AbortSignal,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const [method = 'GET', path = '/'] = route.split(' ');
    const body = input.body === undefined ? undefined : JSON.stringify(input.body);
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const options: RequestOptions = {
      socketPath: socket,
      method,
      path: pathOf(path, input),
      headers,
      signal,
    };
    request({ ...options, agent: false }, resolve)
      .on('error', reject)
      .end(body);
  });

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isEnvelope = (value: unknown): value is Envelope<unknown> =>
  isObject(value) && 'data' in value && 'freshness' in value && isObject(value.freshness);

const isErrorBody = (value: unknown): value is ErrorBody =>
  isObject(value) &&
  'error' in value &&
  isObject(value.error) &&
  'message' in value.error &&
  'code' in value.error;

const isLogLine = (value: unknown): value is LogLine => isObject(value) && 'task' in value && 'line' in value;

const readText = async (response: IncomingMessage): Promise<string> => {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
};

const foreign = (socket: string): CommandError =>
  new CommandError({
    code: 'UNREACHABLE',
    message: `what answers at ${socket} is no shoal agent; ${howToStart}`,
  });

const parseAnswer = (socket: string, text: string): Envelope<unknown> => {
  const answer = parseJson(text);
  if (isErrorBody(answer)) throw new CommandError(answer.error);
  if (!isEnvelope(answer)) throw foreign(socket);
  return answer;
};

/** Aborts after `ms` unless `touch` is called again before; `stop` ends it. */
const createDeadline = (ms: number) => {
  const controller = new AbortController();
  const expire = (): void => controller.abort(new DOMException('deadline', 'TimeoutError'));
  let timer = setTimeout(expire, ms);
  return {
    signal: controller.signal,
    stop: (): void => clearTimeout(timer),
    touch: (): void => {
      clearTimeout(timer);
      timer = setTimeout(expire, ms);
    },
  };
};

const ROUTE_LOGS = 'GET /services/:service/logs';

async function* readLines(response: IncomingMessage, touch: () => void): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response) {
    touch();
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

async function* streamLogs(socket: string, input: CallInput<typeof ROUTE_LOGS>): AsyncGenerator<LogLine> {
  const deadline = createDeadline(DEADLINE_MS);
  try {
    const response = await open(socket, ROUTE_LOGS, input, deadline.signal);
    if (response.statusCode !== 200) {
      parseAnswer(socket, await readText(response));
      throw foreign(socket);
    }
    // who follows a log waits for its next line as long as it takes
    if (input.query?.follow) deadline.stop();
    for await (const text of readLines(response, input.query?.follow ? () => {} : deadline.touch)) {
      const line = parseJson(text);
      if (isErrorBody(line)) throw new CommandError(line.error);
      if (isLogLine(line)) yield line;
    }
  } catch (error) {
    throw connectionError(error, socket, ROUTE_LOGS, DEADLINE_MS);
  } finally {
    deadline.stop();
  }
}

export const createClient = (socket: string): Client => {
  async function call<R extends Route>(route: R, input: CallInput<R>): Promise<Envelope<Routes[R]['out']>>;
  async function call(route: string, input: LooseInput): Promise<Envelope<unknown>> {
    const deadlineMs = input.deadlineMs ?? DEADLINE_MS;
    const deadline = createDeadline(deadlineMs);
    try {
      const response = await open(socket, route, input, deadline.signal);
      return parseAnswer(socket, await readText(response));
    } catch (error) {
      throw connectionError(error, socket, route, deadlineMs);
    } finally {
      deadline.stop();
    }
  }
  return { call, logs: (input) => streamLogs(socket, input) };
};
