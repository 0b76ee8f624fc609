/**
 * The mesh as the agent sees it: hosts, messages, floods and calls. libp2p stays behind this file. A host is heard only
 * after both sides have shown and checked their certificates; until then its connection carries nothing else.
 */
import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import type { Address, HostId, MeshId } from '../../protocol/identity.ts';
import type { Certificate } from '../../protocol/trust/certificate.ts';
import type { Crypto } from '../../protocol/trust/crypto.ts';
import { remoteEnd, toMultiaddr } from './address.ts';
import { type Admission, answerGreeting, welcome } from './admission.ts';
import {
  createDialler,
  type Dialler,
  isNeighbour,
  openStreamTo,
  redial,
  setKnown,
  setNeighbours,
  stopDialling,
  type Target,
} from './dialler.ts';
import { type CallStream, createCallStream, readFrames } from './frame-stream.ts';
import {
  attach,
  carriesFlood,
  createGossip,
  detach,
  flood,
  type Gossip,
  mendFlood,
  startFlood,
} from './gossip.ts';
import { GREETING_PROTOCOL } from './greeting.ts';
import {
  activeLink,
  connectionClosed,
  createLinkTable,
  dropHost,
  hostBehind,
  type Link,
  type LinkTable,
  linkOf,
  waitForLink,
} from './links.ts';
import { createNode, listeningPort, startNode } from './node.ts';
import { createOutbox, FRAMES_PROTOCOL, forgetStream, type Outbox, post } from './outbox.ts';

export type { Target } from './dialler.ts';
export type { CallStream } from './frame-stream.ts';

export interface MeshEvents {
  /** Certificates are verified and the connection is usable both ways. `port` of an inbound link is the caller's own. */
  peerUp(host: HostId, link: { chain: Certificate[]; address: string; port: number; inbound: boolean }): void;
  /** The last connection to it has ended. */
  peerDown(host: HostId): void;
  /** One message sent with send(). */
  frame(from: HostId, bytes: Uint8Array): void;
  /** One flooded message; `from` is the neighbour that handed it over. */
  flood(from: HostId, bytes: Uint8Array): void;
  /** A peer opened a request stream. */
  call(from: HostId, stream: CallStream): void;
}

export interface Mesh {
  /** Throws one line when the address cannot be listened on. */
  start(): Promise<void>;
  /** The ring neighbours: dialled for ever, and the flood goes over the links to them. */
  setLinks(targets: Target[]): void;
  /** Where every member listens, for links on demand; those close after 30 s of silence and carry no flood. */
  know(targets: Target[]): void;
  /** A member whose id is not known beforehand. Rejects with one line. */
  dial(address: string, port: number): Promise<HostId>;
  /** In order within one connection, at most once. Up to 1 MiB. Never throws: what cannot be delivered is logged. */
  send(host: HostId, bytes: Uint8Array): void;
  /** To every member, once each whatever the paths; the same bytes again within 2 minutes go nowhere. Never throws. */
  broadcast(bytes: Uint8Array): void;
  /** Rejects with one line when the host cannot be reached. */
  call(host: HostId, signal: AbortSignal): Promise<CallStream>;
  /** Ends every connection to that host now. A neighbour is dialled again all the same. */
  drop(host: HostId): void;
  close(): Promise<void>;
  /** the port in use, once started */
  readonly address: { port: number };
}

export interface MeshWish {
  /** Ed25519 */
  identity: { host: HostId; signing: { seed: Uint8Array } };
  mesh: MeshId;
  /** own certificate first */
  chain: Certificate[];
  crypto: Pick<Crypto, 'verify' | 'hash'>;
  /** port 0: the system chooses */
  listen: Address;
  events: MeshEvents;
  /** whether any of these certificates was revoked */
  revoked?: (serials: string[]) => boolean;
  /** Unix ms */
  wall?: () => number;
  /** links on demand close after this silence */
  idleMs?: number;
  log?: (line: string) => void;
}

export const CALL_PROTOCOL = '/shoal/call/1';

const MEND_MS = 1_000;
const IDLE_MS = 30_000;
const SEED_MS = 5_000;
const OPEN_STREAM_MS = 10_000;
const MAX_CALLS_PER_LINK = 256;

interface Parts {
  wish: MeshWish;
  log: (line: string) => void;
  table: LinkTable;
  admission: Admission;
  gossip: Gossip;
  dialler: Dialler;
  outbox: Outbox;
  node?: Libp2p;
  mender?: NodeJS.Timeout;
  port: number;
  closed: boolean;
}

export function createMesh(wish: MeshWish): Mesh {
  const parts = assemble(wish);
  return {
    start: () => start(parts),
    setLinks: (targets) => setLinks(parts, targets),
    know: (targets) => setKnown(parts.dialler, targets),
    dial: (address, port) => dialSeed(parts, address, port),
    send: (host, bytes) => post(parts.outbox, host, bytes),
    broadcast: (bytes) => {
      flood(parts.gossip, bytes).catch((error) => parts.log(`flood failed: ${String(error)}`));
    },
    call: (host, signal) => openCall(parts, host, signal),
    drop: (host) => dropHost(parts.table, host),
    close: () => close(parts),
    address: {
      get port() {
        return parts.port;
      },
    },
  };
}

function assemble(wish: MeshWish): Parts {
  const log = wish.log ?? (() => {});
  const ownHost = wish.identity.host;
  const table = createLinkTable({
    up: (link) => linkUp(parts, link),
    replaced: (old, link) => linkReplaced(parts, old, link),
    down: (link) => linkDown(parts, link),
  });
  const gossip = createGossip((connection) => linkOf(table, connection));
  const connect = (target: Target, signal: AbortSignal): Promise<Connection> =>
    dialNode(parts, toMultiaddr(target.address, target.port, target.publicKey), signal);
  const dialler = createDialler({ table, ownHost, connect, log });
  const open: Outbox['open'] = (host, signal) => openStreamTo(dialler, host, FRAMES_PROTOCOL, signal);
  const outbox = createOutbox({ open, log });
  const admission: Admission = {
    table,
    ownHost,
    mesh: wish.mesh,
    chain: wish.chain,
    crypto: wish.crypto,
    revoked: wish.revoked ?? (() => false),
    wall: wish.wall ?? Date.now,
    log,
  };
  const parts: Parts = {
    wish,
    log,
    table,
    admission,
    gossip,
    dialler,
    outbox,
    port: wish.listen.port,
    closed: false,
  };
  return parts;
}

async function start(parts: Parts): Promise<void> {
  const { wish, gossip, admission, table } = parts;
  const { seed } = wish.identity.signing;
  const node = await createNode({ seed, mesh: wish.mesh, listen: wish.listen, gossip });
  parts.node = node;
  node.addEventListener('connection:open', (event) => welcome(admission, event.detail));
  node.addEventListener('connection:close', (event) => connectionClosed(table, event.detail));
  await node.handle(GREETING_PROTOCOL, (stream, connection) => answerGreeting(admission, stream, connection));
  await node.handle(FRAMES_PROTOCOL, (stream, connection) => receiveFrames(parts, stream, connection));
  await node.handle(CALL_PROTOCOL, (stream, connection) => receiveCall(parts, stream, connection), {
    maxInboundStreams: MAX_CALLS_PER_LINK,
    maxOutboundStreams: MAX_CALLS_PER_LINK,
  });
  await startNode(node, wish.listen);
  parts.port = listeningPort(node);
  startFlood(gossip, (peerId, bytes) => {
    const link = [...gossip.streams.keys()].find(
      (known) => known.connection.remotePeer.toString() === peerId,
    );
    if (link) wish.events.flood(link.host, bytes);
  });
  parts.mender = setInterval(() => mend(parts), MEND_MS);
}

async function close(parts: Parts): Promise<void> {
  parts.closed = true;
  clearInterval(parts.mender);
  stopDialling(parts.dialler);
  await parts.node?.stop();
}

function setLinks(parts: Parts, targets: Target[]): void {
  const { added, removed } = setNeighbours(parts.dialler, targets);
  for (const host of removed) {
    const link = activeLink(parts.table, host);
    if (link) detach(parts.gossip, link);
  }
  for (const host of added) {
    const link = activeLink(parts.table, host);
    if (link) attach(parts.gossip, link);
  }
}

function linkUp(parts: Parts, link: Link): void {
  if (isNeighbour(parts.dialler, link.host)) attach(parts.gossip, link);
  const { address, port } = remoteEnd(link.connection);
  parts.wish.events.peerUp(link.host, { chain: link.chain, address, port, inbound: link.inbound });
}

function linkReplaced(parts: Parts, old: Link, link: Link): void {
  detach(parts.gossip, old);
  forgetStream(parts.outbox, old);
  if (isNeighbour(parts.dialler, link.host)) attach(parts.gossip, link);
}

function linkDown(parts: Parts, link: Link): void {
  detach(parts.gossip, link);
  forgetStream(parts.outbox, link);
  redial(parts.dialler, link.host);
  // Going away itself, this host has lost nobody.
  if (!parts.closed) parts.wish.events.peerDown(link.host);
}

/** Mends the flood and closes links on demand that nobody has used for a while. */
function mend(parts: Parts): void {
  mendFlood(parts.gossip);
  const now = performance.now();
  for (const link of parts.table.active.values()) {
    const needed =
      isNeighbour(parts.dialler, link.host) || carriesFlood(parts.gossip, link) || link.calls > 0;
    if (needed || now - link.usedAt < (parts.wish.idleMs ?? IDLE_MS)) continue;
    link.connection.close().catch(() => link.connection.abort(new Error('idle')));
  }
}

async function dialNode(
  parts: Parts,
  address: ReturnType<typeof toMultiaddr>,
  signal: AbortSignal,
): Promise<Connection> {
  if (!parts.node) throw new Error('the mesh is not started');
  return parts.node.dial(address, { signal });
}

async function dialSeed(parts: Parts, address: string, port: number): Promise<HostId> {
  const signal = AbortSignal.timeout(SEED_MS);
  try {
    const connection = await dialNode(parts, toMultiaddr(address, port), signal);
    const host = await hostBehind(parts.table, connection);
    await waitForLink(parts.table, host, signal);
    return host;
  } catch (error) {
    throw new Error(`${address}:${port}: ${seedFault(error, signal)}`);
  }
}

function seedFault(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'no answer; is the agent running, and is its port open?';
  const why = error instanceof Error ? `${error.name} ${error.message}` : String(error);
  if (why.includes('ECONNREFUSED')) return 'nothing listens there; is the agent running?';
  if (why.includes('dial self')) return 'that is this host itself';
  if (why.includes('EncryptionFailed')) return 'what answers is no agent of this mesh';
  return error instanceof Error ? error.message : why;
}

async function receiveFrames(parts: Parts, stream: Stream, connection: Connection): Promise<void> {
  const link = await admitted(parts, stream, connection);
  if (!link) return;
  const receive = (message: Uint8Array): void => {
    link.usedAt = performance.now();
    parts.wish.events.frame(link.host, message);
  };
  readFrames(stream, receive, () => void stream.close().catch(() => {}));
}

async function receiveCall(parts: Parts, stream: Stream, connection: Connection): Promise<void> {
  const link = await admitted(parts, stream, connection);
  if (link) parts.wish.events.call(link.host, countedCall(link, stream));
}

/** Undefined, and the stream closed, when the connection behind it is no member's. */
async function admitted(parts: Parts, stream: Stream, connection: Connection): Promise<Link | undefined> {
  try {
    return await linkOf(parts.table, connection);
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
    return undefined;
  }
}

async function openCall(parts: Parts, host: HostId, signal: AbortSignal): Promise<CallStream> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(OPEN_STREAM_MS)]);
  const { link, stream } = await openStreamTo(parts.dialler, host, CALL_PROTOCOL, within);
  const call = countedCall(link, stream);
  signal.addEventListener('abort', () => call.abort('cancelled'), { once: true });
  return call;
}

function countedCall(link: Link, stream: Stream): CallStream {
  link.calls += 1;
  stream.addEventListener('close', () => {
    link.calls -= 1;
    link.usedAt = performance.now();
  });
  return createCallStream(stream);
}
