import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ContainerPlan, EngineEvent, ObservedContainer } from '../../protocol/engine.ts';
import type { Engine, EngineSetup, LogLine, LogOptions } from './contract.ts';
import { usageReader } from './host-usage.ts';
import { lineOf } from './one-line.ts';
import { type Driver, operations, type StopOp } from './operations.ts';
import {
  BAD_NAME,
  claimOf,
  FOREIGN_NAME,
  HOST_LABEL,
  isContainerName,
  isOurs,
  NO_MESH,
  OTHER_CLAIM,
  ownLabels,
} from './owner.ts';
import { backOff, delay, settledWithin } from './pace.ts';
import { isAlive, killRest, signalGroup, signalNumber } from './process/group.ts';
import { processInfo } from './process/identity.ts';
import { launch } from './process/launch.ts';
import { processLogs } from './process/logs.ts';
import { portBook } from './process/ports.ts';
import { listFolders, readStatus, readStored, type Stored } from './process/state.ts';
import { type Supervised, supervise } from './process/supervise.ts';
import { reporter } from './reporter.ts';

/** SIGKILL works at once, unless a process hangs in the kernel. */
const KILL_MS = 5_000;

/**
 * The built-in engine: a container is a process of this host, with a folder of its own under `dir`. Images are
 * labels only; limits, resolvers and networks of a plan have no effect here.
 */
export function openProcess(dir: string, { owner, log, timing }: EngineSetup): Engine {
  const root = resolve(dir);
  const containers = new Map<string, Supervised>();
  const ports = portBook();
  const closing = new AbortController();
  let listener: (event: EngineEvent) => void = () => undefined;
  let down: string | null = 'it was not started yet';
  let poll: NodeJS.Timeout | undefined;
  const events = reporter((event) => {
    if (!closing.signal.aborted) listener(event);
  });

  /** Opens the folder, again and again while that fails, and adopts what runs there. */
  async function open(): Promise<void> {
    const pause = backOff(timing.reconnectFirstMs, timing.reconnectCeilingMs);
    let told = false;
    // never from inside `start`: the caller may be in the middle of its own step
    await delay(0, closing.signal);
    while (!closing.signal.aborted) {
      try {
        const info = processInfo(root);
        adoptAll();
        down = null;
        events.tell({ event: 'up', info });
        return await events.inventory(driver.list);
      } catch (err) {
        down = `folder ${root} cannot be used: ${lineOf(err)}`;
        if (!told) events.tell({ event: 'down', reason: down });
        told = true;
      }
      await delay(pause.next(), closing.signal);
    }
  }

  function adoptAll(): void {
    for (const folder of listFolders(root)) {
      const stored = readStored(folder);
      if (stored?.labels[HOST_LABEL] !== owner.host) continue;
      // an agent that died right after the start had no time to note the number
      const pid = stored.pid ?? readStatus(folder).pid;
      if (pid !== undefined) stored.pid = pid;
      if (stored.exitCode === undefined) ports.hold(stored.ports);
      containers.set(stored.name, watch(folder, stored, null));
    }
    poll = setInterval(checkAdopted, timing.adoptedPollMs);
    poll.unref();
  }

  function checkAdopted(): void {
    const adopted = [...containers.values()].filter((container) => container.check());
    if (adopted.length === 0) clearInterval(poll);
  }

  function watch(folder: string, stored: Stored, child: Parameters<typeof supervise>[2]): Supervised {
    const changed = () => {
      if (stored.exitCode !== undefined) ports.release(stored.ports);
      observe(stored.name);
    };
    return supervise(folder, stored, child, changed, timing);
  }

  async function start(plan: ContainerPlan, unwanted: () => boolean): Promise<ObservedContainer> {
    const mesh = owner.mesh();
    if (mesh === null) throw new Error(NO_MESH);
    if (!isContainerName(plan.name)) throw new Error(BAD_NAME(plan.name));
    if (unwanted()) throw new Error('it was stopped before it had started');
    const running = await clearName(plan);
    if (running) return running;
    const folder = join(root, plan.name);
    const chosen = await ports.take(plan.ports);
    try {
      const { stored, child } = await launch(
        folder,
        plan,
        ownLabels(owner, mesh, plan.claim, plan.labels),
        chosen,
      );
      const container = watch(folder, stored, child);
      containers.set(plan.name, container);
      return container.observed();
    } catch (err) {
      ports.release(chosen);
      throw err;
    }
  }

  /** Leaves the name free, or answers the container that may be adopted. */
  async function clearName(plan: ContainerPlan): Promise<ObservedContainer | null> {
    const folder = join(root, plan.name);
    const current = containers.get(plan.name);
    const stored = current?.stored ?? readStored(folder);
    if (stored && !isOurs(owner, stored.labels)) throw new Error(FOREIGN_NAME(plan.name));
    const observed = current?.observed();
    if (observed?.state === 'running') {
      if (observed.claim !== plan.claim) throw new Error(OTHER_CLAIM(plan.name, observed.claim));
      return observed;
    }
    await discard(plan.name, folder);
    return null;
  }

  async function discard(name: string, folder: string): Promise<void> {
    // its last words are for those who follow its log
    await containers
      .get(name)
      ?.output.finish()
      .catch(() => undefined);
    containers.get(name)?.close();
    await rm(folder, { recursive: true, force: true });
    containers.delete(name);
  }

  async function stop({ name, claim, graceMs }: StopOp): Promise<void> {
    const container = containers.get(name);
    if (!container || !isOurs(owner, container.stored.labels)) return;
    const { stored, folder } = container;
    if (claimOf(stored.labels) !== claim) return;
    if (container.observed().state === 'running') await endProcess(container, graceMs);
    await discard(name, folder);
  }

  async function list(): Promise<ObservedContainer[]> {
    return [...containers.values()]
      .filter(({ stored }) => isOurs(owner, stored.labels))
      .map((container) => container.observed());
  }

  const driver: Driver = {
    outage: () => down,
    async pull() {
      // images are labels here: there is nothing to fetch
    },
    start,
    stop,
    list,
    async look(name) {
      const container = containers.get(name);
      return container && isOurs(owner, container.stored.labels) ? container.observed() : null;
    },
  };
  const { perform, observe } = operations(driver, events, log, timing, closing.signal);

  async function* logs(name: string, options: LogOptions): AsyncIterable<LogLine> {
    const container = containers.get(name);
    if (!container || !isOurs(owner, container.stored.labels)) {
      throw new Error(`there is no container ${name} of this mesh on this host`);
    }
    yield* processLogs(container.folder, container.output, options);
  }

  return {
    start(report) {
      listener = report;
      void open();
    },
    perform,
    logs,
    usage: usageReader(),
    async close() {
      closing.abort();
      clearInterval(poll);
      for (const container of containers.values()) container.close();
    },
  };
}

/** Stop signal to the whole group, then the grace, then SIGKILL. Throws when even that does not end it. */
async function endProcess({ stored, ended, check }: Supervised, graceMs: number): Promise<void> {
  const { pid, name } = stored;
  if (pid === undefined) return;
  signalGroup(pid, signalNumber(stored.stopSignal));
  if (await settledWithin(ended, graceMs)) return;
  signalGroup(pid, 'SIGKILL');
  if (await settledWithin(ended, KILL_MS)) return;
  check();
  if (isAlive(pid, stored.instance))
    throw new Error(`process ${pid} of ${name} does not end, not even by SIGKILL`);
  killRest(pid);
}
