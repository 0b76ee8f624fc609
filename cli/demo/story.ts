/** `npm start -- --once`: what shoal is about, walked through by itself. */
import { createClient } from '../client.ts';
import { span } from '../output.ts';
import { cutPower } from './power.ts';
import type { Host, Run } from './run.ts';
import {
  type Endpoint,
  fetchTask,
  type Reply,
  resolveName,
  resolveTasks,
  SERVICE,
  urlOf,
} from './service.ts';
import type { Step } from './steps.ts';
import { until } from './wait.ts';

const REPLICAS = 3;
const SERVE_MS = 30_000;
const HEAL_MS = 60_000;

interface Served extends Endpoint, Reply {}

export const tellStory = async (run: Run, step: Step, signal: AbortSignal): Promise<void> => {
  let served: Served[] = [];
  let lost: Host | undefined;
  let lostAt = 0;
  await step('resolve', async () => {
    await Promise.all(run.hosts.map((host) => resolvesAll(host, signal)));
    return `${SERVICE}: each of ${run.hosts.length} agents' DNS names all ${REPLICAS} tasks`;
  });
  await step('fetch', async () => {
    served = await until('every task answers by HTTP', SERVE_MS, signal, () => fetchAll(run.hosts[0]));
    return served.map((one) => `${one.task} on ${one.host} (${urlOf(one)})`).join(', ');
  });
  await step('lose', async () => {
    // the host that made the mesh: there is no master to miss
    lost = run.hosts.find(({ name }) => served.some(({ host }) => host === name));
    if (!lost) throw new Error('no host runs a task');
    lostAt = performance.now();
    const count = await cutPower(run, lost);
    return `${lost.name} has no power any more: its agent and ${count} task${count === 1 ? '' : 's'} killed at once`;
  });
  const left = run.hosts.filter((host) => host !== lost);
  let cleanAt = lostAt;
  await step('heal', async () => {
    await until(`${REPLICAS} of ${REPLICAS} tasks serve again`, HEAL_MS, signal, async () => {
      if (await anyNamesDead(left)) cleanAt = performance.now();
      return isHealed(left);
    });
    return `${REPLICAS} of ${REPLICAS} serve again on ${left.map(({ name }) => name).join(' and ')}, ${span(performance.now() - lostAt)} after the loss`;
  });
  await step('names', async () => {
    const told = await Promise.all(left.map((host) => checkNames(host, left)));
    return `no answer of ${left.map(({ name }) => name).join(' and ')} names the dead (last named ${span(cleanAt - lostAt)} after the loss); ${told.reduce((sum, count) => sum + count, 0)} names followed, all answer`;
  });
};

const resolvesAll = (host: Host, signal: AbortSignal): Promise<unknown> =>
  until(`${host.name}'s DNS names ${REPLICAS} tasks`, SERVE_MS, signal, async () => {
    const [endpoints, addresses] = await Promise.all([resolveTasks(host.dnsPort), resolveName(host.dnsPort)]);
    return endpoints.length === REPLICAS && addresses.length > 0 ? true : undefined;
  });

/** Undefined until as many tasks as there should be answer, each under its own name. */
const fetchAll = async (host: Host | undefined): Promise<Served[] | undefined> => {
  const endpoints = host ? await resolveTasks(host.dnsPort) : [];
  const served = await Promise.all(endpoints.map(async (at) => ({ ...at, ...(await fetchTask(at)) })));
  const names = new Set(served.map(({ task }) => task));
  const sorted = served.sort((one, other) => one.task.localeCompare(other.task));
  return names.size === REPLICAS && served.length === REPLICAS ? sorted : undefined;
};

/** Told by asking there: one engine may give a dead container's address to the next one. */
const isDead = (named: Endpoint): Promise<boolean> =>
  fetchTask(named).then(
    () => false,
    () => true,
  );

const anyNamesDead = async (hosts: readonly Host[]): Promise<boolean> => {
  const named = (await Promise.all(hosts.map(({ dnsPort }) => resolveTasks(dnsPort)))).flat();
  return (await Promise.all(named.map(isDead))).includes(true);
};

/** Seen from every host that is left: by its names, by its own list of tasks, and by what answers. */
const isHealed = async (left: readonly Host[]): Promise<true | undefined> => {
  for (const host of left) {
    const served = await fetchAll(host);
    if (!served?.every((one) => left.some(({ name }) => name === one.host))) return undefined;
    const { data: tasks } = await createClient(host.socket).call('GET /tasks', {});
    const running = tasks.filter(
      (task) => task.state === 'running' && left.some(({ name }) => name === task.host),
    );
    if (running.length !== REPLICAS) return undefined;
  }
  return true;
};

/** Answers how many names were followed. Throws at the first that leads to nobody, or to a host that is gone. */
const checkNames = async (host: Host, left: readonly Host[]): Promise<number> => {
  const endpoints = await resolveTasks(host.dnsPort);
  if (endpoints.length !== REPLICAS) throw new Error(`${host.name}'s DNS names ${endpoints.length} tasks`);
  for (const named of endpoints) {
    const { task, host: on } = await fetchTask(named);
    if (!left.some(({ name }) => name === on)) throw new Error(`${host.name}'s DNS names ${task} on ${on}`);
  }
  return endpoints.length;
};
