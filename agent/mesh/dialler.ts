/** Gets and keeps connections: to the ring neighbours for ever, to any other member when it is needed. */
import type { Connection, Stream } from '@libp2p/interface';
import type { HostId } from '../../protocol/identity.ts';
import { activeLink, hostBehind, type Link, type LinkTable, waitForLink } from './links.ts';

/** A member and where it listens. */
export interface Target {
  host: HostId;
  /** Ed25519, raw */
  publicKey: Uint8Array;
  address: string;
  port: number;
}

export interface Dialler {
  readonly table: LinkTable;
  readonly ownHost: HostId;
  /** opens a connection; the greeting follows by itself */
  readonly connect: (target: Target, signal: AbortSignal) => Promise<Connection>;
  readonly log: (line: string) => void;
  readonly neighbours: Map<HostId, Neighbour>;
  readonly known: Map<HostId, Target>;
  readonly onDemand: Map<HostId, Promise<Link>>;
  /** monotonic ms until when a member that did not answer is not dialled again on demand */
  readonly quietUntil: Map<HostId, number>;
  stopped: boolean;
}

interface Neighbour {
  target: Target;
  failures: number;
  dialling: boolean;
  timer?: NodeJS.Timeout;
}

const DIAL_MS = 3_000;
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;
/** The host with the higher id dials a little later, so that two neighbours seldom dial each other at once. */
const POLITENESS_MS = 100;
const ON_DEMAND_PAUSE_MS = 1_000;

export const createDialler = (wish: Pick<Dialler, 'table' | 'ownHost' | 'connect' | 'log'>): Dialler => ({
  ...wish,
  neighbours: new Map(),
  known: new Map(),
  onDemand: new Map(),
  quietUntil: new Map(),
  stopped: false,
});

export const isNeighbour = (dialler: Dialler, host: HostId): boolean => dialler.neighbours.has(host);

/** Returns the hosts that came and went. */
export function setNeighbours(dialler: Dialler, targets: Target[]): { added: HostId[]; removed: HostId[] } {
  const wanted = new Map(targets.filter(({ host }) => host !== dialler.ownHost).map((t) => [t.host, t]));
  const removed = [...dialler.neighbours.keys()].filter((host) => !wanted.has(host));
  for (const host of removed) {
    clearTimeout(dialler.neighbours.get(host)?.timer);
    dialler.neighbours.delete(host);
  }
  const added: HostId[] = [];
  for (const [host, target] of wanted) {
    const known = dialler.neighbours.get(host);
    if (known) {
      retarget(dialler, known, target);
      continue;
    }
    added.push(host);
    dialler.neighbours.set(host, { target, failures: 0, dialling: false });
    schedule(dialler, host, dialler.ownHost < host ? 0 : POLITENESS_MS);
  }
  return { added, removed };
}

export function setKnown(dialler: Dialler, targets: Target[]): void {
  dialler.known.clear();
  for (const target of targets) dialler.known.set(target.host, target);
}

/** The link to a neighbour has ended: dialled again, soon at first. */
export function redial(dialler: Dialler, host: HostId): void {
  const neighbour = dialler.neighbours.get(host);
  if (!neighbour) return;
  neighbour.failures = 0;
  schedule(dialler, host, Math.random() * FIRST_RETRY_MS + (dialler.ownHost < host ? 0 : POLITENESS_MS));
}

/** The link in use, or a new one. Rejects with one line when the host is unknown or does not answer. */
export function linkTo(dialler: Dialler, host: HostId): Promise<Link> {
  const current = activeLink(dialler.table, host);
  if (current) return Promise.resolve(current);
  const under = dialler.onDemand.get(host);
  if (under) return under;
  const opening = openLink(dialler, host).finally(() => dialler.onDemand.delete(host));
  dialler.onDemand.set(host, opening);
  return opening;
}

/**
 * A stream to that host. If the link ends or is replaced meanwhile, the next one is tried, once. A peer that has just
 * closed the connection leaves it open for a moment on this side: then it is ended here too.
 */
export async function openStreamTo(
  dialler: Dialler,
  host: HostId,
  protocol: string,
  signal: AbortSignal,
): Promise<{ link: Link; stream: Stream }> {
  const link = await linkTo(dialler, host);
  try {
    return { link, stream: await link.connection.newStream([protocol], { signal }) };
  } catch (error) {
    const closing = error instanceof Error && CLOSED_ERRORS.has(error.name);
    if (closing) link.connection.abort(error);
    if (signal.aborted || activeLink(dialler.table, host) === link) throw error;
    const fresh = await linkTo(dialler, host);
    return { link: fresh, stream: await fresh.connection.newStream([protocol], { signal }) };
  }
}

const CLOSED_ERRORS = new Set(['ConnectionClosedError', 'MuxerClosedError']);

export function stopDialling(dialler: Dialler): void {
  dialler.stopped = true;
  for (const { timer } of dialler.neighbours.values()) clearTimeout(timer);
}

/** A host that moved is tried at its new address at once. */
function retarget(dialler: Dialler, neighbour: Neighbour, target: Target): void {
  const moved = neighbour.target.address !== target.address || neighbour.target.port !== target.port;
  neighbour.target = target;
  if (!moved || activeLink(dialler.table, target.host)) return;
  neighbour.failures = 0;
  schedule(dialler, target.host, 0);
}

function schedule(dialler: Dialler, host: HostId, delayMs: number): void {
  const neighbour = dialler.neighbours.get(host);
  if (!neighbour || dialler.stopped) return;
  clearTimeout(neighbour.timer);
  neighbour.timer = setTimeout(() => void attempt(dialler, host, neighbour), delayMs);
}

async function attempt(dialler: Dialler, host: HostId, neighbour: Neighbour): Promise<void> {
  if (neighbour.dialling || activeLink(dialler.table, host)) return;
  neighbour.dialling = true;
  try {
    await dialAndWait(dialler, neighbour.target);
    neighbour.failures = 0;
  } catch (error) {
    neighbour.failures += 1;
    if (neighbour.failures === 1) dialler.log(`neighbour ${host} does not answer: ${reason(error)}`);
  } finally {
    neighbour.dialling = false;
  }
  const lost = dialler.neighbours.get(host) === neighbour && !activeLink(dialler.table, host);
  if (lost) schedule(dialler, host, retryDelay(neighbour.failures));
}

/** Full jitter in the upper half: neighbours of a host that returns must not all dial in one moment. */
const retryDelay = (failures: number): number =>
  Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10)) * (0.5 + Math.random() / 2);

async function openLink(dialler: Dialler, host: HostId): Promise<Link> {
  const target = dialler.neighbours.get(host)?.target ?? dialler.known.get(host);
  if (!target) throw new Error(`host ${host} is not known here`);
  if (performance.now() < (dialler.quietUntil.get(host) ?? 0))
    throw new Error(`host ${host} did not answer just now`);
  try {
    const link = await dialAndWait(dialler, target);
    dialler.quietUntil.delete(host);
    return link;
  } catch (error) {
    dialler.quietUntil.set(host, performance.now() + ON_DEMAND_PAUSE_MS);
    throw new Error(`host ${host} at ${target.address}:${target.port} does not answer: ${reason(error)}`);
  }
}

/** The peer may get through to us while our own dial hangs: whichever link comes first will do. */
function dialAndWait(dialler: Dialler, target: Target): Promise<Link> {
  const signal = AbortSignal.timeout(DIAL_MS);
  const waiting = waitForLink(dialler.table, target.host, signal);
  const dialled = dialler
    .connect(target, signal)
    .then((connection) => hostBehind(dialler.table, connection))
    .then(() => waiting);
  return Promise.race([waiting, dialled]);
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
