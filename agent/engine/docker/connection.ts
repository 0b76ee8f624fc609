import { Agent, IncomingMessage } from 'node:http';
import type Dockerode from 'dockerode';
import { oneLine } from '../one-line.ts';
import { LONGEST_TIMER_MS } from '../pace.ts';

/** Where the engine listens: `socketPath`, or `host` and `port`. `url` is what the operator wrote. */
export interface DockerTarget {
  url: string;
  socketPath?: string;
  host?: string;
  port?: number;
}

/** A call the engine refused, broke off or left unanswered. `message` is one line for a person. */
export class CallFailed extends Error {
  /** HTTP status, 0 when there was no answer */
  readonly status: number;

  constructor(message: string, status = 0) {
    super(message);
    this.status = status;
  }
}

export type DockerCall<T> = (docker: Dockerode, signal: AbortSignal) => Promise<T>;

export interface Connection {
  /** Runs one call that must end within `ms`, else rejects with CallFailed; `what` completes "did not ... in 10 s". */
  call<T>(what: string, ms: number, run: DockerCall<T>): Promise<T>;
  /** Like `call`, for answers that go on: only their beginning has the deadline, `signal` ends them. */
  open<T>(what: string, ms: number, signal: AbortSignal, run: DockerCall<T>): Promise<T>;
  /** Ends every call and stream. */
  close(): void;
}

export function connectDocker(target: DockerTarget): Connection {
  const agent = new Agent({ keepAlive: true, keepAliveMsecs: 15_000 });
  let client: Promise<Dockerode> | undefined;
  let closed = false;

  async function limited<T>(
    what: string,
    ms: number,
    abort: AbortController,
    run: DockerCall<T>,
  ): Promise<T> {
    if (closed) throw new CallFailed('the connection to the engine was closed');
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => {
        // after a stall of our own loop the answer may lie unread in the socket: read before judging
        setImmediate(() => setImmediate(() => reject(timeOut(what, ms))));
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    try {
      client ??= openClient(target, agent);
      return await Promise.race([run(await client, abort.signal), late]);
    } catch (err) {
      abort.abort();
      throw toCallFailed(err, target);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    call: (what, ms, run) => limited(what, ms, new AbortController(), run),
    open(what, ms, signal, run) {
      const abort = new AbortController();
      if (signal.aborted) abort.abort();
      signal.addEventListener('abort', () => abort.abort(), { once: true });
      return limited(what, ms, abort, run);
    },
    close() {
      closed = true;
      agent.destroy();
    },
  };
}

/** A plain GET, for answers whose dockerode call takes no signal. */
export function get(docker: Dockerode, path: string, abortSignal: AbortSignal): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const request = { path, method: 'GET', abortSignal, statusCodes: { 200: true } };
  docker.modem.dial(request, (err, answer) => (err ? reject(err) : resolve(answer)));
  return promise;
}

/** A GET whose answer is read as it comes. */
export function getStream(
  docker: Dockerode,
  path: string,
  query: Record<string, string>,
  abortSignal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = { path: `${path}?`, method: 'GET', isStream: true, abortSignal };
  docker.modem.dial({ ...request, statusCodes: { 200: true }, options: query }, (err, answer) => {
    if (answer instanceof IncomingMessage) resolve(answer);
    else reject(err ?? new Error('the engine answered without a stream'));
  });
  return promise;
}

/** Loaded on first use: dockerode and what it imports cost 30 MB, which hosts without Docker need not pay. */
async function openClient(target: DockerTarget, agent: Agent): Promise<Dockerode> {
  const { default: Docker } = await import('dockerode');
  // every field is given, or dockerode would mix in what DOCKER_HOST says
  const options = {
    protocol: 'http' as const,
    socketPath: target.socketPath,
    host: target.host,
    port: target.port,
    key: undefined,
    cert: undefined,
    ca: undefined,
    timeout: undefined,
    agent,
  };
  return new Docker(options);
}

const timeOut = (what: string, ms: number): CallFailed =>
  new CallFailed(`the engine did not ${what} in ${Math.round(ms / 100) / 10} s`);

function toCallFailed(err: unknown, target: DockerTarget): CallFailed {
  if (err instanceof CallFailed) return err;
  return new CallFailed(reasonOf(err, target), Number(field(err, 'statusCode') ?? 0));
}

/** dockerode's own wording is wrong for some calls (a missing image is "no such container"): the engine's is kept. */
function reasonOf(err: unknown, target: DockerTarget): string {
  const code = text(err, 'code');
  if (code === 'ENOENT')
    return `no container engine at ${target.url}: there is no such socket (is Docker running?)`;
  if (code === 'ECONNREFUSED')
    return `no container engine at ${target.url}: connection refused (is Docker running?)`;
  if (code === 'EACCES' || code === 'EPERM') {
    return `not allowed to use the container engine at ${target.url}: run the agent as root or in the socket's group`;
  }
  const told = text(field(err, 'json'), 'message') ?? text(err, 'message') ?? String(err);
  return oneLine(told.replace(/^\(HTTP code \d+\) .*? - /, ''));
}

export function field(of: unknown, key: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, key) : undefined;
}

export function text(of: unknown, key: string): string | undefined {
  const value = field(of, key);
  return typeof value === 'string' ? value : undefined;
}

export const isStatus = (err: unknown, status: number): boolean =>
  err instanceof CallFailed && err.status === status;
