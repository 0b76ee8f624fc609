/** The libp2p node: TCP, Noise, yamux, gossipsub, and none of what libp2p does on its own account. */
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import type { Libp2p } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { createLibp2p } from 'libp2p';
import type { Address, MeshId } from '../../protocol/identity.ts';
import { toMultiaddr } from './address.ts';
import { type Gossip, introduction } from './gossip.ts';

const HANDSHAKE_MS = 3_000;
const MANY = 100_000;
const KEEP_ALIVE_MS = 15_000;
const RTT_EVERY_MS = 600_000;
const WINDOW_BYTES = 2 * 1024 * 1024;

/** Not started: protocols are to be handled first. */
export async function createNode(wish: {
  seed: Uint8Array;
  mesh: MeshId;
  listen: Address;
  gossip: Gossip;
}): Promise<Libp2p> {
  const socket = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  return createLibp2p({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', wish.seed),
    addresses: { listen: [toMultiaddr(wish.listen.address, wish.listen.port).toString()] },
    transports: [
      tcp({
        // Idle links stay: at rest nothing is said, and a dead peer is membership's to find.
        inboundSocketInactivityTimeout: 0,
        outboundSocketInactivityTimeout: 0,
        dialOpts: socket,
        listenOpts: socket,
      }),
    ],
    // Hosts of another mesh do not get past the handshake (rule T1).
    connectionEncrypters: [noise({ prologueBytes: new TextEncoder().encode(`shoal mesh ${wish.mesh}`) })],
    streamMuxers: [
      yamux({
        // One ping at the start measures the round trip, by which windows grow; TCP itself keeps the link alive.
        keepAliveInterval: RTT_EVERY_MS,
        // A paused stream is aborted when its window outgrows its read buffer: the window stays below.
        streamOptions: { maxStreamWindowSize: WINDOW_BYTES, maxReadBufferLength: 4 * WINDOW_BYTES },
      }),
    ],
    connectionManager: {
      maxConnections: MANY,
      maxDialQueueLength: MANY,
      inboundUpgradeTimeout: HANDSHAKE_MS,
      // Many hosts may share one address and come back at one moment: certificates judge them, not counters.
      inboundConnectionThreshold: Number.POSITIVE_INFINITY,
      maxIncomingPendingConnections: 1_000,
      reconnectRetries: 0,
    },
    // Under load it aborts healthy connections; verdicts close links.
    connectionMonitor: { enabled: false },
    services: { introduction, pubsub: wish.gossip.service },
  });
}

/** Starts listening; throws one line that says what is wrong with the address. */
export async function startNode(node: Libp2p, listen: Address): Promise<void> {
  try {
    await node.start();
  } catch (error) {
    throw new Error(`cannot listen on ${listen.address}:${listen.port}: ${listenFault(error)}`);
  }
}

function listenFault(error: unknown): string {
  const text = allMessages(error).join(' ');
  if (text.includes('EADDRINUSE'))
    return 'the address is in use; stop what uses it or choose another --listen';
  if (text.includes('EADDRNOTAVAIL')) return 'this host has no such address; choose another --listen';
  if (text.includes('EACCES')) return 'not allowed; run as root or choose a port above 1023';
  return text;
}

/** libp2p wraps what the system said in lists and causes. */
function allMessages(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const inner = error instanceof AggregateError ? error.errors : [];
  return [error.message, ...[...inner, error.cause].filter(Boolean).flatMap(allMessages)];
}

export function listeningPort(node: Libp2p): number {
  const tcpPart = node
    .getMultiaddrs()
    .flatMap((address) => address.getComponents())
    .find((part) => part.name === 'tcp');
  return Number(tcpPart?.value ?? 0);
}
