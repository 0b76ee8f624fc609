import type { ClaimId } from '../../../protocol/engine.ts';
import type { Timing } from '../timing.ts';
import { CallFailed, type Connection, isStatus } from './connection.ts';
import type { Observer } from './observe.ts';

/**
 * One attempt to stop and remove a container. Returns when nothing of that name and claim is left, also when
 * there never was; throws one line when the attempt has to be repeated. Others' containers are not touched.
 */
export async function stopContainer(
  connection: Connection,
  observer: Observer,
  wanted: { name: string; claim: ClaimId; graceMs: number },
  timing: Timing,
): Promise<void> {
  const { name, claim, graceMs } = wanted;
  const holder = await observer.find(name);
  if (holder.kind !== 'ours' || holder.container.claim !== claim) return;
  const { container } = holder;
  // a stop that fails is no reason to give up: the removal kills
  if (container.state === 'running') {
    await signalStop(connection, container, graceMs, timing).catch(() => undefined);
  }
  await removeContainer(connection, container, timing.removeMs);
  const left = await observer.find(name);
  if (left.kind === 'ours' && left.container.id === container.id) {
    throw new CallFailed(`container ${name} is still there after its removal`);
  }
}

/** Calls name containers by their ids: the name might be someone else's a moment after it was looked up. */
interface Target {
  id: string;
  name: string;
}

async function signalStop(
  connection: Connection,
  { id, name }: Target,
  graceMs: number,
  timing: Timing,
): Promise<void> {
  const seconds = Math.ceil(Math.max(0, graceMs) / 1000);
  const deadlineMs = seconds * 1000 + timing.removeMs;
  await connection.call(`stop container ${name}`, deadlineMs, (docker, abortSignal) =>
    docker.getContainer(id).stop({ t: seconds, abortSignal }),
  );
}

/** Kills and removes with its anonymous volumes; a container that is gone already is no error. */
export async function removeContainer(
  connection: Connection,
  { id, name }: Target,
  ms: number,
): Promise<void> {
  try {
    await connection.call(`remove container ${name}`, ms, (docker, abortSignal) =>
      docker.getContainer(id).remove({ force: true, v: true, abortSignal }),
    );
  } catch (err) {
    if (!isStatus(err, 404)) throw err;
  }
}
