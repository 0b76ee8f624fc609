import type { ContainerPlan, ObservedContainer } from '../../../protocol/engine.ts';
import {
  BAD_NAME,
  FOREIGN_NAME,
  isContainerName,
  type Labels,
  NO_MESH,
  OTHER_CLAIM,
  type Owner,
  ownLabels,
} from '../owner.ts';
import { delay } from '../pace.ts';
import type { Timing } from '../timing.ts';
import { CallFailed, type Connection, isStatus } from './connection.ts';
import { createOptions } from './create.ts';
import { isImageReference } from './image.ts';
import type { Observer } from './observe.ts';
import { removeContainer } from './stop.ts';

export interface Starter {
  connection: Connection;
  observer: Observer;
  owner: Owner;
  timing: Timing;
}

/** How often, and how far apart, a name is looked up when an answer was lost: the engine may still be at work. */
const LOOKS = 5;
const LOOK_PAUSE_MS = 1_000;

/**
 * Creates and starts a container, or adopts the one of that name and claim that already runs.
 * Throws one line; then nothing of the attempt is left behind. `unwanted` is asked between the steps.
 */
export async function startContainer(
  starter: Starter,
  plan: ContainerPlan,
  unwanted: () => boolean,
): Promise<ObservedContainer> {
  const labels = checkedLabels(starter.owner, plan);
  refuse(unwanted);
  const running = await clearName(starter, plan);
  if (running) return running;
  const id = await create(starter, plan, labels);
  try {
    refuse(unwanted);
    await startCreated(starter, plan, id);
    return await expectOurs(starter.observer, plan.name, id);
  } catch (err) {
    // best effort: what cannot be removed now is in the next inventory
    await removeContainer(starter.connection, { name: plan.name, id }, starter.timing.removeMs).catch(
      () => undefined,
    );
    throw clearer(err, plan);
  }
}

function refuse(unwanted: () => boolean): void {
  if (unwanted()) throw new CallFailed('it was stopped before it had started');
}

function checkedLabels(owner: Owner, plan: ContainerPlan): Labels {
  const mesh = owner.mesh();
  if (mesh === null) throw new CallFailed(NO_MESH);
  if (!isContainerName(plan.name)) throw new CallFailed(BAD_NAME(plan.name));
  if (!isImageReference(plan.image)) throw new CallFailed(`"${plan.image}" is no image reference`);
  return ownLabels(owner, mesh, plan.claim, plan.labels);
}

/** Leaves the name free, or answers the container that may be adopted. */
async function clearName(starter: Starter, plan: ContainerPlan): Promise<ObservedContainer | null> {
  const holder = await starter.observer.find(plan.name);
  if (holder.kind === 'absent') return null;
  if (holder.kind === 'foreign') throw new CallFailed(FOREIGN_NAME(plan.name));
  const { container } = holder;
  if (container.state === 'running') {
    if (container.claim !== plan.claim) throw new CallFailed(OTHER_CLAIM(plan.name, container.claim));
    return container;
  }
  await removeContainer(starter.connection, container, starter.timing.removeMs);
  return null;
}

/** Answers the new container's id; the name alone might be someone else's a moment later. */
async function create(starter: Starter, plan: ContainerPlan, labels: Labels): Promise<string> {
  const body = createOptions(plan, labels);
  // given apart, or dockerode would repeat the body, environment included, in the request line
  const parts = { _query: { name: plan.name }, _body: body };
  const { connection, timing } = starter;
  try {
    const { id } = await connection.call(
      `create container ${plan.name}`,
      timing.createMs,
      (docker, abortSignal) => docker.createContainer({ ...parts, abortSignal }),
    );
    return id;
  } catch (err) {
    const conflict = isStatus(err, 409);
    if (!conflict && !isUnanswered(err)) throw err;
    const id = await appears(starter, plan, conflict ? 1 : LOOKS);
    if (id !== null) return id;
    throw conflict ? new CallFailed(FOREIGN_NAME(plan.name), 409) : err;
  }
}

async function startCreated(starter: Starter, plan: ContainerPlan, id: string): Promise<void> {
  const { connection, observer, timing } = starter;
  try {
    await connection.call(`start container ${plan.name}`, timing.startMs, (docker, abortSignal) =>
      docker.getContainer(id).start({ abortSignal }),
    );
  } catch (err) {
    // 304: it already runs
    if (isStatus(err, 304)) return;
    const found = isUnanswered(err) ? await observer.find(plan.name).catch(() => null) : null;
    if (found?.kind !== 'ours' || found.container.state !== 'running') throw err;
  }
}

/** No HTTP status: the answer was lost, which says nothing about what the engine has done. */
const isUnanswered = (err: unknown): boolean => err instanceof CallFailed && err.status === 0;

/** The id of the container whose creation was not answered, null if it does not come. */
async function appears({ observer }: Starter, plan: ContainerPlan, looks: number): Promise<string | null> {
  for (let look = 0; look < looks; look += 1) {
    if (look > 0) await delay(LOOK_PAUSE_MS);
    const found = await observer.find(plan.name).catch(() => null);
    if (found?.kind === 'ours') return found.container.claim === plan.claim ? found.container.id : null;
  }
  return null;
}

async function expectOurs(observer: Observer, name: string, id: string): Promise<ObservedContainer> {
  const found = await observer.find(name);
  if (found.kind === 'ours' && found.container.id === id) return found.container;
  throw new CallFailed(`container ${name} was removed by someone else while it was started`);
}

/** The engine buries the number in a long line about endpoints; the operator wants it first. */
function clearer(err: unknown, plan: ContainerPlan): unknown {
  if (!(err instanceof CallFailed)) return err;
  if (!/port is already allocated|address already in use/i.test(err.message)) return err;
  const number = err.message.match(/:(\d+)(?::? (?:failed|bind)|\b)/)?.[1];
  const wanted = plan.ports.find(({ published }) => String(published) === number);
  const port = wanted ? `port ${wanted.published}/${wanted.protocol}` : 'a published port';
  return new CallFailed(`${port} is already taken on this host (engine: ${err.message})`, err.status);
}
