import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { ContainerPlan, PortPlan } from '../../../protocol/engine.ts';
import type { Labels } from '../owner.ts';
import { probeCommand } from './health.ts';
import { commandOf, environmentOf, identityOf, spawnContainer } from './spawn.ts';
import { filesOf, makeFolder, type Stored, writeStored } from './state.ts';

/** Makes the container's folder and starts its process. Throws one line, and then leaves nothing behind. */
export async function launch(
  folder: string,
  plan: ContainerPlan,
  labels: Labels,
  ports: PortPlan[],
): Promise<{ stored: Stored; child: ChildProcess }> {
  const stored = newStored(folder, plan, labels, ports);
  const command = commandOf(plan, stored.env, stored.workingDir);
  try {
    makeFolder(folder);
    // noted before the process exists, so that one started by a dying agent is found by the next
    writeStored(folder, stored);
    const child = await spawnContainer(folder, stored, command);
    stored.pid = child.pid;
    writeStored(folder, stored);
    return { stored, child };
  } catch (err) {
    await rm(folder, { recursive: true, force: true });
    throw err;
  }
}

function newStored(folder: string, plan: ContainerPlan, labels: Labels, ports: PortPlan[]): Stored {
  const { healthcheck, stopSignal } = plan;
  return {
    name: plan.name,
    instance: randomUUID(),
    labels,
    ports,
    env: environmentOf(plan, ports),
    workingDir: plan.workingDir ?? filesOf(folder).work,
    startedMs: Date.now(),
    health: probeCommand(healthcheck) ? 'starting' : 'none',
    ...identityOf(plan.user),
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...(healthcheck === undefined ? {} : { healthcheck }),
  };
}
