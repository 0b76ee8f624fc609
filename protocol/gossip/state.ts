/** What gossip remembers between steps: rows about to leave, walks under way, rows that wait for a certificate. */
import type { HostId } from '../identity.ts';
import type { Row, RowKey } from '../records/row.ts';
import type { Millis } from '../time.ts';
import type { MemberIdentity } from '../trust/members.ts';

export interface GossipState {
  /** own and freshly repaired rows not yet flooded */
  outbox: Map<RowKey, Row>;
  lastFloodAt: Millis;
  /** libp2p links that stand */
  peers: Map<HostId, PeerGossip>;
  /** rows of origins whose member record has not arrived */
  orphans: Map<RowKey, Row>;
  /** verified keys and roles by host, from member records */
  members: Map<HostId, MemberIdentity>;
  /** floods of own rows on their way: highest own sequence number in it, when it left */
  floods: { seqs: Set<number>; at: Millis; heard: Set<HostId> }[];
  /** last times from broadcast to "stored" at a neighbour, for the hold (rule C6) */
  storedMs: number[];
  /** a repair walk with a live peer has ended with equal digests since the start (rule C3) */
  synced: boolean;
  counters: GossipCounters;
}

export interface PeerGossip {
  /** when its digest was first seen to differ from ours; null while equal */
  differsSince: Millis | null;
  nextWalkAt: Millis;
  /** a walk with it has ended, or its digest was equal, since the link came up */
  synced: boolean;
  /** doubles while walks bring nothing, so that a row refused by one side costs little */
  pauseMs: Millis;
}

interface GossipCounters {
  refused: number;
  badSignature: number;
  aside: number;
  repaired: number;
}

export const createGossip = (): GossipState => ({
  outbox: new Map(),
  lastFloodAt: Number.NEGATIVE_INFINITY,
  peers: new Map(),
  orphans: new Map(),
  members: new Map(),
  floods: [],
  storedMs: [],
  synced: false,
  counters: { refused: 0, badSignature: 0, aside: 0, repaired: 0 },
});
