import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerPlan, ObservedContainer } from '../../../protocol/engine.ts';
import type { StopOp } from '../operations.ts';
import {
  BAD_NAME,
  claimOf,
  FOREIGN_NAME,
  HOST_LABEL,
  isContainerName,
  isOurs,
  NO_MESH,
  OTHER_CLAIM,
  type Owner,
  ownLabels,
} from '../owner.ts';
import { settledWithin } from '../pace.ts';
import type { Timing } from '../timing.ts';
import { isAlive, killRest, signalGroup, signalNumber } from './group.ts';
import { launch } from './launch.ts';
import type { PortBook } from './ports.ts';
import { listFolders, readStatus, readStored, type Stored } from './state.ts';
import { type Supervised, supervise } from './supervise.ts';

/** The containers of this host that this agent looks after, by name. */
export interface ProcessHost {
  /** folder of the folders of all containers */
  root: string;
  owner: Owner;
  timing: Timing;
  containers: Map<string, Supervised>;
  ports: PortBook;
  /** state or health of a container changed */
  changed(name: string): void;
}

/** SIGKILL works at once, unless a process hangs in the kernel. */
const KILL_MS = 5_000;

/** Takes over what earlier agents of this host have started, whether it runs or has ended meanwhile. */
export function adoptAll(host: ProcessHost): void {
  for (const folder of listFolders(host.root)) {
    const stored = readStored(folder);
    if (stored?.labels[HOST_LABEL] !== host.owner.host || host.containers.has(stored.name)) continue;
    // an agent that died right after the start had no time to note the number
    const pid = stored.pid ?? readStatus(folder).pid;
    if (pid !== undefined) stored.pid = pid;
    if (stored.exitCode === undefined) host.ports.hold(stored.ports);
    host.containers.set(stored.name, watch(host, folder, stored, null));
  }
}

function watch(host: ProcessHost, folder: string, stored: Stored, child: Parameters<typeof supervise>[2]) {
  const changed = () => {
    if (stored.exitCode !== undefined) host.ports.release(stored.ports);
    host.changed(stored.name);
  };
  return supervise(folder, stored, child, changed, host.timing);
}

/** Starts a process, or adopts the one of that name and claim. Throws one line, and then leaves nothing behind. */
export async function startProcess(
  host: ProcessHost,
  plan: ContainerPlan,
  unwanted: () => boolean,
): Promise<ObservedContainer> {
  const { owner, root } = host;
  const mesh = owner.mesh();
  if (mesh === null) throw new Error(NO_MESH);
  if (!isContainerName(plan.name)) throw new Error(BAD_NAME(plan.name));
  if (unwanted()) throw new Error('it was stopped before it had started');
  const running = await clearName(host, plan);
  if (running) return running;
  const folder = join(root, plan.name);
  const ports = await host.ports.take(plan.ports);
  try {
    const { stored, child } = await launch(
      folder,
      plan,
      ownLabels(owner, mesh, plan.claim, plan.labels),
      ports,
    );
    const container = watch(host, folder, stored, child);
    host.containers.set(plan.name, container);
    return container.observed();
  } catch (err) {
    host.ports.release(ports);
    throw err;
  }
}

/** Leaves the name free, or answers the container that may be adopted. */
async function clearName(host: ProcessHost, plan: ContainerPlan): Promise<ObservedContainer | null> {
  const folder = join(host.root, plan.name);
  const current = host.containers.get(plan.name);
  const stored = current?.stored ?? readStored(folder);
  if (stored && !isOurs(host.owner, stored.labels)) throw new Error(FOREIGN_NAME(plan.name));
  const observed = current?.observed();
  if (observed?.state === 'running') {
    if (observed.claim !== plan.claim) throw new Error(OTHER_CLAIM(plan.name, observed.claim));
    return observed;
  }
  await discard(host, plan.name, folder);
  return null;
}

async function discard(host: ProcessHost, name: string, folder: string): Promise<void> {
  const container = host.containers.get(name);
  // its last words are for those who follow its log
  await container?.output.finish().catch(() => undefined);
  container?.close();
  await rm(folder, { recursive: true, force: true });
  host.containers.delete(name);
}

/** One attempt to end and remove a container; returns when nothing of that name and claim is left. */
export async function stopProcess(host: ProcessHost, { name, claim, graceMs }: StopOp): Promise<void> {
  const container = findOurs(host, name);
  if (!container || claimOf(container.stored.labels) !== claim) return;
  if (container.observed().state === 'running') await endProcess(container, graceMs);
  await discard(host, name, container.folder);
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
  if (isAlive(pid, stored.instance)) {
    throw new Error(`process ${pid} of ${name} does not end, not even by SIGKILL`);
  }
  killRest(pid);
}

export function findOurs(host: ProcessHost, name: string): Supervised | null {
  const container = host.containers.get(name);
  return container && isOurs(host.owner, container.stored.labels) ? container : null;
}

export function listOurs(host: ProcessHost): ObservedContainer[] {
  return [...host.containers.keys()].flatMap((name) => findOurs(host, name)?.observed() ?? []);
}
