// What the scenarios on real hosts share: a mesh to begin with, commands, and conditions to wait for.

import { type Client, createClient } from '../../cli/client.ts';
import type { HostInfo, ServiceInfo, TaskInfo } from '../../protocol/api.ts';
import { type Ran, shoal } from '../cli/run.ts';
import { type Bed, type Host, ok, prepareImages, raiseBed, until } from './bed.ts';
import { type Container, running } from './containers.ts';
import { formMesh } from './mesh.ts';
import { answering, endpointsAt } from './names.ts';
import { checkNotInUse } from './teardown.ts';

/** Until a service stands again after the worst single fault, with room for a slow machine. */
export const HEAL_MS = 45_000;

/** A bed whose agents form one mesh in which everybody hears everybody. */
export async function mesh(name: string, hosts: number): Promise<Bed> {
  const bed = await raiseBed({ name: freeName(name), hosts, agents: true });
  await prepareImages(bed);
  await formMesh(bed);
  await untilAllAlive(bed);
  return bed;
}

/** Two runs of the suite on one machine do not get in each other's way. */
function freeName(name: string): string {
  try {
    checkNotInUse(name);
    return name;
  } catch {
    return `${name}-${process.pid}`;
  }
}

/** The shoal CLI in this process, against the agent of a host: what a person would see, without a start of Node. */
export const cli = (host: Host, ...args: string[]): Promise<Ran> => shoal(args, { socket: host.shoalSocket });

export const api = (host: Host): Client => createClient(host.shoalSocket);

/** Deploys a compose file given as text, on one host, and fails unless all of it came to run. */
export async function deploy(
  bed: Bed,
  index: number,
  stack: string,
  compose: string,
  ...more: string[]
): Promise<string> {
  const argv = ['shoal', 'deploy', '-f', '-', ...more, stack];
  return ok(await bed.exec(index, argv, { input: compose }), `h${index}: shoal deploy ${stack}`);
}

/** Hosts whose agents run. */
export const live = (bed: Bed): Host[] =>
  bed
    .status()
    .filter(({ agentPid }) => agentPid !== undefined)
    .map(({ host }) => host);

export const hostsAt = async (host: Host): Promise<HostInfo[]> =>
  (await api(host).call('GET /hosts', {})).data;
export const tasksAt = async (host: Host): Promise<TaskInfo[]> =>
  (await api(host).call('GET /tasks', {})).data;
export const servicesAt = async (host: Host): Promise<ServiceInfo[]> =>
  (await api(host).call('GET /services', {})).data;

/** Every live host holds every live host for alive, and no other. */
export async function untilAllAlive(bed: Bed, deadlineMs = HEAL_MS): Promise<void> {
  const names = live(bed).map((host) => host.name);
  await untilSame(
    `${names} alive for each other`,
    bed,
    deadlineMs,
    async (host) => {
      const hosts = await hostsAt(host).catch(() => []);
      return hosts.filter(({ state }) => state === 'alive').map(({ name }) => name);
    },
    names,
  );
}

/** One condition for every live host; the error says what each of them had instead. */
export async function untilSame(
  what: string,
  bed: Bed,
  deadlineMs: number,
  look: (host: Host) => Promise<string[] | null>,
  expected: string[],
): Promise<void> {
  const wanted = expected.join(' ');
  let seen: string[] = [];
  try {
    await until(what, deadlineMs, async () => {
      const views = await Promise.all(live(bed).map(async (host) => ({ host, view: await look(host) })));
      const other = views.filter(({ view }) => view?.join(' ') !== wanted);
      seen = other.map(({ host, view }) => `${host.name} has [${view?.join(' ') ?? 'no answer'}]`);
      return other.length === 0;
    });
  } catch (error) {
    throw new Error(`${what}: not within ${deadlineMs} ms; wanted [${wanted}]; ${seen.join('; ')}`, {
      cause: error,
    });
  }
}

/** A service as its users see it: `web.shop`, `shop_web`. */
export interface Served {
  stack: string;
  name: string;
  replicas: number;
}

export const served = (stack: string, name: string, replicas: number): Served => ({ stack, name, replicas });

const dnsName = ({ stack, name }: Served): string => `${name}.${stack}`;
export const fullName = ({ stack, name }: Pick<Served, 'stack' | 'name'>): string => `${stack}_${name}`;

/** Each live host's endpoints of a service, by host name. */
export async function namesEverywhere(bed: Bed, service: Served): Promise<Map<string, string[] | null>> {
  const views = live(bed).map(
    async (host) => [host.name, await endpointsAt(host, dnsName(service))] as const,
  );
  return new Map(await Promise.all(views));
}

/**
 * Waits until every live host names exactly one endpoint per replica, all the same ones, each answered by another
 * container that runs. Returns those containers, by task.
 */
export async function untilServed(bed: Bed, service: Served, deadlineMs = HEAL_MS): Promise<Container[]> {
  let why = '';
  try {
    return await until('', deadlineMs, async () => {
      const result = await servedNow(bed, service);
      if (typeof result !== 'string') return result;
      why = result;
      return undefined;
    });
  } catch (error) {
    const what = `${fullName(service)} served by ${service.replicas}`;
    throw new Error(`${what}: not within ${deadlineMs} ms: ${why}`, { cause: error });
  }
}

async function servedNow(bed: Bed, service: Served): Promise<Container[] | string> {
  const views = await namesEverywhere(bed, service);
  const [first] = views.values();
  const text = [...views]
    .map(([host, view]) => `${host} names [${view?.join(' ') ?? 'no answer'}]`)
    .join('; ');
  const agreed = [...views.values()].every((view) => view?.join(' ') === first?.join(' '));
  if (!first || !agreed || first.length !== service.replicas) return text;
  const ids = await Promise.all(first.map(answering));
  const containers = await running(bed, fullName(service));
  const behind = containers.filter(({ id }) => ids.some((short) => short !== null && id.startsWith(short)));
  if (behind.length !== service.replicas) return `${text}; answered by ${ids.join(' ')}`;
  return behind.toSorted((a, b) => (a.task < b.task ? -1 : 1));
}

/** As `untilServed`, and nothing of the service runs besides. */
export async function untilSettled(bed: Bed, service: Served, deadlineMs = HEAL_MS): Promise<Container[]> {
  const end = performance.now() + deadlineMs;
  await untilServed(bed, service, deadlineMs);
  await until(
    `${service.replicas} containers of ${fullName(service)}, one per slot`,
    end - performance.now(),
    async () => {
      const found = await running(bed, fullName(service));
      return (
        found.length === service.replicas && new Set(found.map(({ task }) => task)).size === service.replicas
      );
    },
  );
  return untilServed(bed, service, Math.max(1, end - performance.now()));
}

export const idsOf = (containers: readonly Container[]): string[] =>
  containers.map(({ id }) => id.slice(0, 12)).toSorted();

/** Prints a figure that the suite measured. */
export function measured(what: string, ms: number): void {
  console.log(`measured: ${what} ${(ms / 1000).toFixed(2)} s`);
}

/** How long an action and the condition after it took. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return performance.now() - started;
}
