import { HOST_LABEL, type Owner } from '../owner.ts';
import type { Connection } from './connection.ts';

/** One thing that happened to a container with our host label. */
export interface DockerEvent {
  action: string;
  id: string;
  name: string;
}

const ACTIONS = ['start', 'die', 'destroy', 'health_status', 'oom'];

/** Opens the engine's event stream; the caller iterates until it ends, which is a gap. Strange lines are skipped. */
export async function openEvents(
  connection: Connection,
  owner: Owner,
  callMs: number,
  signal: AbortSignal,
): Promise<AsyncIterable<DockerEvent>> {
  const filters = { type: ['container' as const], label: [`${HOST_LABEL}=${owner.host}`], event: ACTIONS };
  const stream = await connection.open('open its event stream', callMs, signal, (docker, abortSignal) =>
    docker.getEvents({ filters, abortSignal }),
  );
  return parsed(stream);
}

async function* parsed(stream: AsyncIterable<unknown>): AsyncIterable<DockerEvent> {
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = parseEvent(line);
      if (event) yield event;
    }
  }
}

/** Action is "die" or "health_status: healthy"; the name stands among the actor's attributes. */
export function parseEvent(line: string): DockerEvent | null {
  try {
    const event: { Action?: unknown; Actor?: { ID?: unknown; Attributes?: { name?: unknown } } } =
      JSON.parse(line);
    const { Action, Actor } = event;
    const name = Actor?.Attributes?.name;
    if (typeof Action !== 'string' || typeof Actor?.ID !== 'string' || typeof name !== 'string') return null;
    return { action: Action.split(':')[0] ?? Action, id: Actor.ID, name };
  } catch {
    return null;
  }
}
