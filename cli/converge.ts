/** Waits until deployed services run, by asking the agent again and again; what it saw last is the answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeployResult, ServiceInfo, TaskInfo } from '../protocol/api.ts';
import type { ServiceSpec } from '../protocol/spec.ts';
import type { Context } from './context.ts';
import { CommandError } from './failure.ts';

const POLL_MS = 250;

/** A change needs a moment to reach the tasks: an old task that still runs must not pass for the new one. */
const SETTLE_MS = 500;

export interface Wanted {
  result: DeployResult;
  spec: ServiceSpec;
}

export interface Standing {
  name: string;
  running: number;
  desired: number;
  /** every task runs or has finished, and no update is under way */
  isDone: boolean;
  /** cannot become done any more */
  isLost: boolean;
  update: ServiceInfo['update'];
  /** tasks that do not run */
  troubled: TaskInfo[];
}

const isSettled = ({ state }: TaskInfo): boolean => state === 'running' || state === 'finished';

/** How one service stands; a service the agent does not list yet has nothing running. */
const judge = ({ result, spec }: Wanted, service: ServiceInfo | undefined, tasks: TaskInfo[]): Standing => {
  // a predecessor that takes its time to stop holds nobody up
  const own = tasks.filter(({ serviceId, state }) => serviceId === result.id && state !== 'stopping');
  const troubled = own.filter((task) => !isSettled(task));
  const running = service?.running ?? 0;
  const desired = service?.desired ?? 0;
  const update = service?.update ?? null;
  const neverRestarts = spec.TaskTemplate.RestartPolicy?.Condition === 'none';
  return {
    name: service?.name ?? result.service,
    running,
    desired,
    isDone: service !== undefined && update === null && troubled.length === 0 && running >= desired,
    isLost: update === 'paused' || (neverRestarts && troubled.some(({ state }) => state === 'failed')),
    update,
    troubled,
  };
};

const look = async (context: Context, wanted: readonly Wanted[]): Promise<Standing[]> => {
  const [services, tasks] = await Promise.all([
    context.call('GET /services', {}),
    context.call('GET /tasks', {}),
  ]);
  return wanted.map((one) => {
    const service = services.data.find(({ id }) => id === one.result.id);
    return judge(one, service, tasks.data);
  });
};

/** An agent that restarts or is slow for a moment is no failed deployment. */
const lookPatiently = async (
  context: Context,
  wanted: readonly Wanted[],
  last: Standing[],
): Promise<Standing[]> => {
  try {
    return await look(context, wanted);
  } catch (error) {
    if (error instanceof CommandError && (error.code === 'TIMED_OUT' || error.code === 'UNREACHABLE'))
      return last;
    throw error;
  }
};

/** Ends when all are done, one is lost, or `timeoutMs` are over. `progress` hears of every look. */
export const waitForServices = async (
  context: Context,
  wanted: readonly Wanted[],
  timeoutMs: number,
  progress: (standings: Standing[]) => void,
): Promise<Standing[]> => {
  const start = performance.now();
  const isChanged = wanted.some(({ result }) => result.result !== 'unchanged');
  let doneAt: number | undefined;
  let standings: Standing[] = wanted.map((one) => judge(one, undefined, []));
  while (true) {
    standings = await lookPatiently(context, wanted, standings);
    progress(standings);
    const now = performance.now();
    doneAt = standings.every(({ isDone }) => isDone) ? (doneAt ?? now) : undefined;
    const isStable = doneAt !== undefined && (!isChanged || now - doneAt >= SETTLE_MS);
    if (isStable || standings.some(({ isLost }) => isLost) || now - start >= timeoutMs) return standings;
    await sleep(POLL_MS);
  }
};
