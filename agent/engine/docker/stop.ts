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
  const { name, claim } = wanted;
  const holder = await observer.find(name);
  if (holder.kind !== 'ours' || holder.container.claim !== claim) return;
  // a stop that fails is no reason to give up: the removal kills
  if (holder.container.state === 'running') {
    await signalStop(connection, name, wanted.graceMs, timing).catch(() => undefined);
  }
  await removeContainer(connection, name, timing.removeMs);
  const left = await observer.find(name);
  if (left.kind === 'ours' && left.container.id === holder.container.id) {
    throw new CallFailed(`container ${name} is still there after its removal`);
  }
}

async function signalStop(
  connection: Connection,
  name: string,
  graceMs: number,
  timing: Timing,
): Promise<void> {
  const seconds = Math.ceil(Math.max(0, graceMs) / 1000);
  const deadlineMs = seconds * 1000 + timing.removeMs;
  await connection.call(`stop container ${name}`, deadlineMs, (docker, abortSignal) =>
    docker.getContainer(name).stop({ t: seconds, abortSignal }),
  );
}

/** Kills and removes with its anonymous volumes; a container that is gone already is no error. */
export async function removeContainer(connection: Connection, name: string, ms: number): Promise<void> {
  try {
    await connection.call(`remove container ${name}`, ms, (docker, abortSignal) =>
      docker.getContainer(name).remove({ force: true, v: true, abortSignal }),
    );
  } catch (err) {
    if (!isStatus(err, 404)) throw err;
  }
}
