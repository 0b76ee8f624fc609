/** An agent made of plain answers, on a real unix socket: what the command line sees of the API and nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  API_PREFIX,
  type Freshness,
  type HostInfo,
  type Routes,
  type ServiceInfo,
  type TaskInfo,
} from '../../protocol/api.ts';
import { type ErrorCode, failure, httpStatus } from '../../protocol/errors.ts';

export interface Asked {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
}

/** The data of an answer; an Error with a code becomes the agent's error; 'silence' is never answered. */
export type Answer = (asked: Asked, response: ServerResponse) => unknown;
export type Answers = Partial<Record<keyof Routes, Answer>>;

export const refuse = (code: ErrorCode, message: string) => ({ error: failure(code, message) });
export const SILENCE = Symbol('silence');
/** The answer has written its own response. */
export const WRITTEN = Symbol('written');

export const freshness = (over: Partial<Freshness> = {}): Freshness => ({
  host: 'alpha',
  hosts: [
    { name: 'alpha', id: 'a'.repeat(25), state: 'alive', heardMsAgo: null },
    { name: 'beta', id: 'b'.repeat(25), state: 'alive', heardMsAgo: 840 },
    { name: 'gamma', id: 'c'.repeat(25), state: 'failed', heardMsAgo: 12_000 },
  ],
  silent: ['gamma'],
  warnings: [],
  ...over,
});

export const service = (over: Partial<ServiceInfo> = {}): ServiceInfo => ({
  id: 's1',
  name: 'shop_web',
  stack: 'shop',
  mode: 'replicated',
  image: 'busybox:latest',
  running: 2,
  desired: 2,
  ports: ['8080->80/tcp'],
  version: 1024,
  conflict: null,
  update: null,
  ...over,
});

export const task = (over: Partial<TaskInfo> = {}): TaskInfo => ({
  name: 'shop_web.1',
  service: 'shop_web',
  serviceId: 's1',
  slot: '1',
  host: 'alpha',
  hostId: 'a'.repeat(25),
  state: 'running',
  image: 'busybox:latest',
  since: null,
  containerId: 'f00',
  ports: [],
  address: null,
  message: null,
  ...over,
});

export const host = (over: Partial<HostInfo> = {}): HostInfo => ({
  id: 'a'.repeat(25),
  name: 'alpha',
  address: '10.0.0.1',
  port: 7946,
  state: 'alive',
  availability: 'active',
  self: true,
  heardMsAgo: null,
  labels: {},
  engine: 'docker 20.10',
  version: '0.1.0',
  nanoCpus: 2e9,
  memoryBytes: 4 * 1024 ** 3,
  load: { cpuMille: 120, memoryMille: 400, containers: 2, ageMs: 300 },
  tasks: 2,
  clockOffsetMs: null,
  rttMs: null,
  observers: [],
  ...over,
});

/** Routes with parameters come last, as `:name` matches anything. */
const matches = (route: string, method: string, path: string): boolean => {
  const [routeMethod, routePath = ''] = route.split(' ');
  return method === routeMethod && new RegExp(`^${routePath.replace(/:\w+/g, '[^/]+')}$`).test(path);
};

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? undefined : JSON.parse(text);
};

const reply = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

const isRefusal = (value: unknown): value is ReturnType<typeof refuse> =>
  typeof value === 'object' && value !== null && 'error' in value;

export interface FakeAgent {
  socket: string;
  asked: Asked[];
  answers: Answers;
  freshness: Freshness;
  kept?: { others: number; of: number };
  close(): Promise<void>;
}

const answer = async (
  agent: FakeAgent,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const url = new URL(request.url ?? '/', 'http://agent');
  const path = url.pathname.slice(API_PREFIX.length);
  const method = request.method ?? '';
  const asked: Asked = {
    method,
    path,
    query: Object.fromEntries(url.searchParams),
    body: await readBody(request),
  };
  agent.asked.push(asked);
  const route = Object.entries(agent.answers).find(([key]) => matches(key, method, path));
  const data = route ? route[1](asked, response) : refuse('NOT_FOUND', `nothing at ${method} ${path}`);
  if (data === SILENCE || data === WRITTEN) return;
  if (isRefusal(data)) reply(response, httpStatus(data.error.code), data);
  else
    reply(response, 200, { data, freshness: agent.freshness, ...(agent.kept ? { kept: agent.kept } : {}) });
};

export const startFakeAgent = async (answers: Answers = {}): Promise<FakeAgent> => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-cli-'));
  const server = createServer((request, response) => void answer(agent, request, response));
  const agent: FakeAgent = {
    socket: join(folder, 'agent.sock'),
    asked: [],
    answers,
    freshness: freshness(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await new Promise<void>((resolve) => server.listen(agent.socket, resolve));
  return agent;
};
