/** The log of a service: all its tasks, from whatever host, as lines of JSON. One stream per task, none waits for another. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { LogLine } from '../../../protocol/api.ts';
import type { HostId } from '../../../protocol/identity.ts';
import { tasksOf } from '../../../protocol/queries/tasks.ts';
import { remoteLogs } from '../../calls.ts';
import type { LogLine as EngineLine } from '../../engine/engine.ts';
import type { Member } from '../../member.ts';
import type { CallStream } from '../../mesh/mesh.ts';
import { ApiError, memberOf, type Request } from '../handler.ts';
import { namedService } from './services.ts';

const REACH_MS = 2_000;

interface Source {
  task: string;
  host: string;
  hostId: string;
  container: string;
}

export async function streamLogs(request: Request, response: ServerResponse): Promise<void> {
  const member = memberOf(request);
  const sources = findSources(request, member);
  const { query } = request;
  const wish = {
    follow: query.get('follow') === 'true',
    tail: count(query.get('tail'), 'tail'),
    sinceMs: count(query.get('sinceMs'), 'sinceMs'),
  };
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  let full: Promise<unknown> | null = null;
  // A reader that is slower than the tasks write slows down the reading: nothing piles up here.
  const write = async (line: LogLine): Promise<void> => {
    if (gone.signal.aborted) return;
    if (!response.write(`${JSON.stringify(line)}\n`)) {
      full ??= once(response, 'drain', { signal: gone.signal })
        .catch(() => undefined)
        .finally(() => {
          full = null;
        });
    }
    await full;
  };
  await Promise.all(sources.map((source) => pump(member, source, wish, gone.signal, write)));
  response.end();
}

function findSources(request: Request, member: Member): Source[] {
  return member.loop.read((state) => {
    const service = namedService(state, request.params['service'] ?? '');
    return tasksOf(state, service).flatMap((task) => {
      const { name, host, hostId, slot } = task;
      const claim = [...(state.table.kinds.get('claim')?.get(`${service.id}.${slot}`)?.values() ?? [])];
      const container = claim.map((entry) => entry.body).find((body) => hasContainer(body, task.containerId));
      return host && hostId && container
        ? [{ task: name, host, hostId, container: container.container }]
        : [];
    });
  });
}

const hasContainer = (body: unknown, id: string | null): body is { container: string } =>
  typeof body === 'object' &&
  body !== null &&
  'containerId' in body &&
  body.containerId === id &&
  'container' in body &&
  typeof body.container === 'string';

async function pump(
  member: Member,
  source: Source,
  wish: { follow: boolean; tail: number | undefined; sinceMs: number | undefined },
  signal: AbortSignal,
  write: (line: LogLine) => Promise<void>,
): Promise<void> {
  const { task, host } = source;
  try {
    for await (const { stream, line } of linesOf(member, source, wish, signal))
      await write({ task, host, stream, line });
  } catch (error) {
    if (signal.aborted) return;
    const why = error instanceof Error ? error.message : String(error);
    await write({ task, host, stream: 'shoal', line: `log of ${task} on ${host} is not complete: ${why}` });
  }
}

async function* linesOf(
  member: Member,
  source: Source,
  wish: { follow: boolean; tail: number | undefined; sinceMs: number | undefined },
  signal: AbortSignal,
): AsyncIterable<EngineLine> {
  if (source.hostId === member.identity.host) {
    yield* member.engine.logs(source.container, { ...wish, signal });
    return;
  }
  const stream = await reach(member, source.hostId, signal);
  yield* remoteLogs(stream, { container: source.container, ...wish });
}

/** The deadline is the opening's alone: the call ends with its signal, and a log may be followed for days. */
async function reach(member: Member, host: HostId, signal: AbortSignal): Promise<CallStream> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), REACH_MS);
  try {
    return await member.mesh.call(host, AbortSignal.any([signal, late.signal]));
  } catch (error) {
    throw late.signal.aborted ? new Error(`the host did not answer within ${REACH_MS / 1000} s`) : error;
  } finally {
    clearTimeout(timer);
  }
}

function count(text: string | null, name: string): number | undefined {
  if (text === null) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new ApiError('BAD_REQUEST', `${name}=${text}: give a whole number`);
}
