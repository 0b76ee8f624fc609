/**
 * The flood: one gossipsub topic over the links to the ring neighbours, and nothing else of libp2p's machinery.
 *
 * gossipsub learns of peers in two ways: from the registrar when `identify` has run, and from streams that peers open.
 * Both lead through here. It gets a registrar that notifies nobody, so no identify is needed and only links that are
 * attached are ever introduced; and each incoming stream waits until its connection has passed the greeting (rule T1).
 */
import { hash } from 'node:crypto';
import {
  type GossipSub,
  type GossipSubComponents,
  type GossipsubMessage,
  gossipsub,
} from '@chainsafe/libp2p-gossipsub';
import {
  type Connection,
  type Stream,
  type StreamHandler,
  serviceCapabilities,
  type Topology,
} from '@libp2p/interface';
import { MAX_FRAME_BYTES } from './frame-stream.ts';
import type { Link } from './links.ts';

export const FLOOD_TOPIC = 'shoal/1';

/** What one flooded message may hold: gossipsub's own envelope must fit into its limit too. */
export const MAX_FLOOD_BYTES = MAX_FRAME_BYTES - 1024;

/** A neighbour that takes nothing off this much backlog loses its stream, not our memory. */
const MAX_BACKLOG_BYTES = 16 * 1024 * 1024;
const OPEN_STREAM_MS = 10_000;
/** A link whose flood is not up after so many looks (one a second) is set up anew, then given up. */
const LOOKS_BEFORE_REBUILD = 3;
const LOOKS_BEFORE_CLOSING = 15;

export interface Gossip {
  readonly service: (components: GossipSubComponents) => GossipSub;
  readonly streams: Map<Link, GossipStreams>;
  readonly attached: Set<Link>;
  readonly admit: (connection: Connection) => Promise<Link>;
  pubsub?: GossipSub;
  topology?: Topology;
}

interface GossipStreams {
  outbound?: Promise<Stream>;
  /** `outbound` once it is open */
  writing?: Stream;
  readonly inbound: Set<Stream>;
  /** looks in a row at which the flood was not up */
  missed: number;
}

/** `admit` resolves once the connection has passed the greeting. */
export function createGossip(admit: (connection: Connection) => Promise<Link>): Gossip {
  const gossip: Gossip = {
    service: (components) => {
      const pubsub = gossipsub(OPTIONS)({
        ...parts(components),
        registrar: gate(gossip, components.registrar),
      });
      gossip.pubsub = pubsub;
      return pubsub;
    },
    streams: new Map(),
    attached: new Set(),
    admit,
  };
  return gossip;
}

/** Stands in for libp2p's identify, which gossipsub insists on: here the greeting introduces peers. */
export const introduction = (): object => ({ [serviceCapabilities]: ['@libp2p/identify'] });

export function startFlood(gossip: Gossip, onFlood: (peerId: string, bytes: Uint8Array) => void): void {
  const { pubsub } = gossip;
  if (!pubsub) throw new Error('gossipsub was not built');
  pubsub.addEventListener('gossipsub:message', (event: CustomEvent<GossipsubMessage>) => {
    onFlood(event.detail.propagationSource.toString(), event.detail.msg.data);
  });
  pubsub.subscribe(FLOOD_TOPIC);
}

export async function flood(gossip: Gossip, bytes: Uint8Array): Promise<void> {
  if (bytes.length > MAX_FLOOD_BYTES)
    throw new Error(`flood of ${bytes.length} bytes is over ${MAX_FLOOD_BYTES}`);
  await gossip.pubsub?.publish(FLOOD_TOPIC, bytes);
}

/** Makes the link carry the flood: the peer becomes a direct peer, which gets every message and is never pruned. */
export function attach(gossip: Gossip, link: Link): void {
  gossip.attached.add(link);
  directPeers(gossip)?.add(peerOf(link));
  introduce(gossip, link);
}

/** Takes the link off the flood; its connection stays. */
export function detach(gossip: Gossip, link: Link): void {
  gossip.attached.delete(link);
  directPeers(gossip)?.delete(peerOf(link));
  dismiss(gossip, link);
}

/** Whether the peer counts this host among its neighbours, though perhaps not the other way round. */
export const carriesFlood = (gossip: Gossip, link: Link): boolean =>
  (gossip.streams.get(link)?.inbound.size ?? 0) > 0;

/** Once a second: gossipsub never mends a lost stream of a live connection by itself. */
export function mendFlood(gossip: Gossip): void {
  const subscribed = new Set(gossip.pubsub?.getSubscribers(FLOOD_TOPIC).map((peer) => peer.toString()));
  for (const link of gossip.attached) {
    const streams = streamsOf(gossip, link);
    // gossipsub closes its side when it has lost the peer's, and the stream lives on half closed: of no use.
    if (streams.writing && streams.writing.writeStatus !== 'writable')
      streams.writing.abort(new Error('half closed'));
    const up = streams.outbound !== undefined && streams.inbound.size > 0 && subscribed.has(peerOf(link));
    streams.missed = up ? 0 : streams.missed + 1;
    if (up) continue;
    const { missed } = streams;
    if (missed >= LOOKS_BEFORE_CLOSING) {
      link.connection.abort(new Error('the flood does not get through'));
      continue;
    }
    if (missed % LOOKS_BEFORE_REBUILD === 0) {
      dismiss(gossip, link);
      streamsOf(gossip, link).missed = missed;
    }
    introduce(gossip, link);
  }
}

const peerOf = (link: Link): string => link.connection.remotePeer.toString();

/** gossipsub's set of direct peers, which its type does not show. */
function directPeers(gossip: Gossip): Set<unknown> | undefined {
  const { pubsub } = gossip;
  return pubsub && 'direct' in pubsub && pubsub.direct instanceof Set ? pubsub.direct : undefined;
}

function streamsOf(gossip: Gossip, link: Link): GossipStreams {
  const known = gossip.streams.get(link) ?? { inbound: new Set(), missed: 0 };
  gossip.streams.set(link, known);
  return known;
}

function introduce(gossip: Gossip, link: Link): void {
  const opening = openOutbound(gossip, link);
  const tell = (stream: Stream): void => {
    const wanted = gossip.attached.has(link) && gossip.streams.get(link)?.outbound === opening;
    if (wanted) gossip.topology?.onConnect?.(link.connection.remotePeer, carrying(link.connection, stream));
  };
  // A failure means that the connection is gone or its peer slow: mendFlood() tries again.
  opening.then(tell, () => {});
}

function dismiss(gossip: Gossip, link: Link): void {
  const streams = gossip.streams.get(link);
  gossip.streams.delete(link);
  const why = new Error('no neighbours any more');
  for (const stream of streams?.inbound ?? []) stream.abort(why);
  streams?.outbound?.then((stream) => stream.abort(why)).catch(() => {});
  gossip.topology?.onDisconnect?.(link.connection.remotePeer);
}

/**
 * Opened here rather than by gossipsub, which opens one stream after the other for all peers: a frozen neighbour would
 * keep every other one waiting for its timeout.
 */
function openOutbound(gossip: Gossip, link: Link): Promise<Stream> {
  const streams = streamsOf(gossip, link);
  if (streams.outbound) return streams.outbound;
  const protocols = gossip.pubsub?.protocols ?? [];
  const opening = link.connection.newStream(protocols, { signal: AbortSignal.timeout(OPEN_STREAM_MS) });
  streams.outbound = opening;
  const forget = (): void => {
    if (streams.outbound !== opening) return;
    delete streams.outbound;
    delete streams.writing;
  };
  const keep = (stream: Stream): void => {
    streams.writing = stream;
    stream.addEventListener('close', forget);
  };
  opening.then(keep, forget);
  return opening;
}

/** The connection as gossipsub sees it: asked for a stream, it gives the one that is open already. */
function carrying(connection: Connection, stream: Stream): Connection {
  const view: Connection = Object.create(connection, { newStream: { value: () => Promise.resolve(stream) } });
  return view;
}

async function receive(
  gossip: Gossip,
  stream: Stream,
  connection: Connection,
  handler: StreamHandler,
): Promise<void> {
  try {
    const link = await gossip.admit(connection);
    const { inbound } = streamsOf(gossip, link);
    inbound.add(stream);
    stream.addEventListener('close', () => inbound.delete(stream));
    stream.addEventListener('remoteCloseWrite', () => inbound.delete(stream));
    await handler(stream, carrying(connection, await openOutbound(gossip, link)));
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error(String(error)));
  }
}

type Registrar = GossipSubComponents['registrar'];

function gate(gossip: Gossip, registrar: Registrar): Registrar {
  return {
    handle: (protocol, handler, options) =>
      registrar.handle(
        protocol,
        (stream, connection) => receive(gossip, stream, connection, handler),
        options,
      ),
    unhandle: (protocol, options) => registrar.unhandle(protocol, options),
    register: (protocol, topology) => {
      gossip.topology = topology;
      return Promise.resolve(protocol);
    },
    unregister: () => {},
    getTopologies: () => [],
    getProtocols: () => registrar.getProtocols(),
    getHandler: (protocol) => registrar.getHandler(protocol),
    use: (protocol, middleware) => registrar.use(protocol, middleware),
    unuse: (protocol) => registrar.unuse(protocol),
    getMiddleware: (protocol) => registrar.getMiddleware(protocol),
  };
}

/** libp2p's components are a proxy that throws on names it does not know: taken one by one. */
const parts = (components: GossipSubComponents): Omit<GossipSubComponents, 'registrar'> => ({
  privateKey: components.privateKey,
  peerId: components.peerId,
  peerStore: components.peerStore,
  connectionManager: components.connectionManager,
  logger: components.logger,
});

/** A prefix of a hash over the data: an id out of origin and counter would let a member suppress another's message. */
const digest = (data: Uint8Array | undefined): Buffer =>
  hash('sha256', data ?? new Uint8Array(0), 'buffer').subarray(0, 16);

const OPTIONS: Parameters<typeof gossipsub>[0] = {
  // Records carry their origin's signature; a second one per message and hop buys nothing.
  globalSignaturePolicy: 'StrictNoSign',
  msgIdFn: (message) => digest(message.data),
  fastMsgIdFn: (message) => digest(message.data).toString('latin1'),
  allowedTopics: [FLOOD_TOPIC],
  allowPublishToZeroTopicPeers: true,
  ignoreDuplicatePublishError: true,
  fallbackToFloodsub: false,
  floodPublish: false,
  doPX: false,
  tagMeshPeers: false,
  // Direct peers carry the flood: no mesh is grafted. D is 1, not 0, which gossipsub reads as "all" when it publishes.
  D: 1,
  Dlo: 0,
  Dhi: 1,
  Dscore: 0,
  Dout: 0,
  heartbeatInterval: 700,
  pruneBackoff: 10_000,
  // Our own dialler keeps the links; gossipsub would dial addresses it does not have.
  directConnectTicks: Number.MAX_SAFE_INTEGER,
  // Scoring must not silence members: many share an address (tests, NAT), and rows are judged where they are applied.
  scoreParams: { IPColocationFactorWeight: 0, behaviourPenaltyWeight: 0 },
  maxInboundDataLength: MAX_FRAME_BYTES,
  maxOutboundBufferSize: MAX_BACKLOG_BYTES,
};
