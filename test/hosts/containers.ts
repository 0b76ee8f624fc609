// What the engines of a bed say, asked over their sockets: quicker than a docker CLI for each look.
import { request } from 'node:http';
import { z } from 'zod';
import type { Bed, Host } from './bed.ts';

/** One container of one host, running or not. */
export interface Container {
  host: number;
  id: string;
  name: string;
  running: boolean;
  labels: Record<string, string>;
  /** `shop_web.2`; '' when it is not shoal's */
  task: string;
}

const listed = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    State: z.string(),
    Labels: z.record(z.string(), z.string()),
  }),
);

/** Every container of every host that has power. */
export async function containersOf(bed: Bed): Promise<Container[]> {
  const on = bed.status().filter((status) => status.on);
  const lists = await Promise.all(on.map(({ host }) => containersOn(host)));
  return lists.flat();
}

async function containersOn(host: Host): Promise<Container[]> {
  const found = listed.parse(JSON.parse(await ask(host, '/containers/json?all=1')));
  return found.map(({ Id, Names, State, Labels }) => ({
    host: host.index,
    id: Id,
    name: (Names[0] ?? '').slice(1),
    running: State === 'running',
    labels: Labels,
    task: taskOf(Labels),
  }));
}

/** Running containers of one service, by its full name. */
export async function running(bed: Bed, service: string): Promise<Container[]> {
  const all = await containersOf(bed);
  return all.filter((one) => one.running && one.labels['shoal.service'] === service);
}

function taskOf(labels: Record<string, string>): string {
  const index = labels['shoal.task']?.split('.').slice(1).join('.');
  return index === undefined ? '' : `${labels['shoal.service']}.${index}`;
}

/** A container that started or died. */
export interface Happening {
  host: number;
  what: 'start' | 'die';
  id: string;
  /** `shop_web.2`; '' when it is not shoal's */
  task: string;
  /** ms since 1970, by the engine */
  at: number;
}

const event = z.object({
  Action: z.enum(['start', 'die']),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()) }),
  timeNano: z.number(),
});

/** Starts and ends of containers on one host since its engine started (of the last 256 things it remembers). */
export async function happenings(host: Host): Promise<Happening[]> {
  const filters = encodeURIComponent(JSON.stringify({ type: ['container'], event: ['start', 'die'] }));
  const until = Math.ceil(Date.now() / 1000) + 1;
  const text = await ask(host, `/events?since=1&until=${until - 1}&filters=${filters}`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => event.parse(JSON.parse(line)))
    .map(({ Action, Actor, timeNano }) => ({
      host: host.index,
      what: Action,
      id: Actor.ID,
      task: taskOf(Actor.Attributes),
      at: timeNano / 1e6,
    }));
}

function ask(host: Host, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { socketPath: host.dockerSocket, path, timeout: 10_000, agent: false },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve(String(Buffer.concat(chunks))));
      },
    );
    asked.on('timeout', () => asked.destroy(new Error(`${host.name}'s engine does not answer ${path}`)));
    asked.on('error', reject);
    asked.end();
  });
}
