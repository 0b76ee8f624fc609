/** The agent's API on its unix socket. Root alone may use it; bodies are bounded; no request can end the agent. */
import { chmodSync, lstatSync, mkdirSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { API_PREFIX, type Envelope } from '../../protocol/api.ts';
import { type Failure, failure, httpStatus } from '../../protocol/errors.ts';
import { freshness } from '../../protocol/queries/hosts.ts';
import type { Host } from '../host.ts';
import type { Log } from '../log.ts';
import { HANDLERS } from './endpoints/index.ts';
import { streamLogs } from './endpoints/logs.ts';
import { ApiError, type Request, type Route } from './handler.ts';
import { matchRoute } from './router.ts';

const MAX_BODY_BYTES = 4 * 1024 * 1024;
const LOGS_ROUTE = 'GET /services/:service/logs';
const ROUTES = [...(Object.keys(HANDLERS) as Route[]), LOGS_ROUTE] as const;

/** Rejects with one line when the socket cannot be listened on. */
export async function startApi(socket: string, host: Host, log: Log): Promise<Server> {
  await clearSocket(socket);
  const server = createServer((request, response) => void serve(host, log, request, response));
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`cannot listen on --socket ${socket}: ${error.message}`)),
    );
    server.listen(socket, resolve);
  });
  chmodSync(socket, 0o600);
  return server;
}

/** A socket file that nobody answers on is a leftover; one that answers belongs to another agent. */
async function clearSocket(socket: string): Promise<void> {
  mkdirSync(dirname(socket), { recursive: true });
  const there = lstatSync(socket, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isSocket())
    throw new Error(`--socket ${socket}: a file that is no socket is there; give another path`);
  const answered = await new Promise<boolean>((resolve) => {
    const probe = connect(socket, () => resolve(true)).on('error', () => resolve(false));
    probe.unref().on('connect', () => probe.destroy());
  });
  if (answered)
    throw new Error(`--socket ${socket}: another agent answers there (stop it, or give another --socket)`);
  unlinkSync(socket);
}

async function serve(
  host: Host,
  log: Log,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = URL.parse(message.url ?? '/', 'http://agent');
    if (!url) throw new ApiError('BAD_REQUEST', `${message.url} is no path`);
    const found = findRoute(message.method ?? 'GET', url.pathname);
    const request: Request = {
      params: found.params,
      query: url.searchParams,
      body: await readJson(message),
      host,
    };
    if (found.route === LOGS_ROUTE) return await streamLogs(request, response);
    const answer = await HANDLERS[found.route](request);
    const envelope: Envelope<unknown> = { ...answer, freshness: freshnessOf(host) };
    reply(response, 200, envelope);
  } catch (error) {
    if (!(error instanceof ApiError))
      log('error', 'request failed', { url: message.url, error: String(error) });
    const known = error instanceof ApiError ? error.failure : failure('INTERNAL', errorLine(error));
    fail(response, known);
  }
}

function findRoute(
  method: string,
  path: string,
): { route: (typeof ROUTES)[number]; params: Record<string, string> } {
  const inside = path.startsWith(`${API_PREFIX}/`) ? path.slice(API_PREFIX.length) : '';
  const found = matchRoute(ROUTES, method, inside);
  if (!Array.isArray(found)) return found;
  if (found.length > 0) throw new ApiError('BAD_REQUEST', `${method} ${path}: use ${found.join(' or ')}`);
  throw new ApiError('NOT_FOUND', `${method} ${path}: there is no such endpoint`);
}

const freshnessOf = (host: Host): Envelope<unknown>['freshness'] =>
  host.member?.loop.read(freshness) ?? { host: host.name, hosts: [], silent: [], warnings: [] };

async function readJson(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES)
      throw new ApiError('BAD_REQUEST', `request body is over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ApiError('BAD_REQUEST', 'request body is not JSON');
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

function fail(response: ServerResponse, error: Failure): void {
  if (response.headersSent) response.end();
  else reply(response, httpStatus(error.code), { error });
}

const errorLine = (error: unknown): string =>
  (error instanceof Error ? error.message.split('\n')[0] : String(error)) ?? '';
