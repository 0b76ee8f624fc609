/** What this host knows first-hand of each other host. Verdicts are derived from it and from everybody's alerts. */
import type { HostState } from '../api.ts';
import type { HostId } from '../identity.ts';
import type { Load } from '../load.ts';
import type { Millis } from '../time.ts';

export interface PeerState {
  state: HostState;
  stateSince: Millis;
  /** last authentic datagram or pong, by our clock; null: not since our start */
  heardAt: Millis | null;
  /** where the last datagram came from, when it differs from its record */
  heardFrom: { address: string; port: number } | null;
  /** how long its heartbeats have been missing, as the heartbeat machine says; 0 when heard */
  silentMs: Millis;
  mainAgeMs: Millis;
  clockOffsetMs: number | null;
  rttMs: number | null;
  load: { load: Load; at: Millis } | null;
  witness: Witness | null;
  /** when it was last called back because it was heard without a link */
  calledAt: Millis;
  /** start of its silence by the earliest accusation seen (own clock); null: nobody accuses */
  accusedSince: Millis | null;
  /** when we first saw the accusation that stands */
  accusedAt: Millis | null;
  /** its incarnation by its own heartbeats: above that of its record means that news of it are on their way */
  heardIncarnation: number;
  /** incarnation at which it was judged failed: sticks until refuted or heard */
  failedIncarnation: number | null;
  /** its slots are open to others */
  opened: boolean;
  /** boot and engine start last seen, and since when: older claims get a moment to be adopted (rule C4) */
  life: string;
  lifeSince: Millis;
  endpoints: Map<string, EndpointProbe>;
}

/** The second witness under way: TCP connect and ping while heartbeats are missing. */
export interface Witness {
  startedAt: Millis;
  refusals: number;
  nextProbeAt: Millis;
  probing: boolean;
  pauseMs: Millis;
}

interface EndpointProbe {
  misses: number;
  deadSince: Millis | null;
}

export interface MembershipState {
  /** observers by host, as long as the list of ring members is this one */
  rings: { members: string; observers: Map<HostId, HostId[]> };
  startedAt: Millis;
  incarnation: number;
  lastRefutedAt: Millis;
  /** since when we ourselves stand accused; null: nobody accuses us */
  accusedAt: Millis | null;
  peers: Map<HostId, PeerState>;
  /** probes under way: what each answer is about */
  probes: Map<number, { host: HostId; claim: string | null }>;
  nextProbe: number;
  nextEndpointRoundAt: Millis;
  /** when the next grace ends: at the same moment everywhere, not at each host's next tick */
  nextOpenAt: Millis;
  /** what was last handed to the shell, to send only changes */
  lastLinks: string;
  lastFeed: string;
  load: Load;
}

export const createMembership = (): MembershipState => ({
  startedAt: 0,
  incarnation: 0,
  lastRefutedAt: Number.NEGATIVE_INFINITY,
  accusedAt: null,
  peers: new Map(),
  rings: { members: '', observers: new Map() },
  probes: new Map(),
  nextProbe: 1,
  nextEndpointRoundAt: 0,
  nextOpenAt: Number.POSITIVE_INFINITY,
  lastLinks: '',
  lastFeed: '',
  load: { cpuMille: 0, memoryMille: 0, containers: 0 },
});

export const createPeer = (now: Millis): PeerState => ({
  state: 'unknown',
  stateSince: now,
  heardAt: null,
  heardFrom: null,
  silentMs: 0,
  mainAgeMs: 0,
  clockOffsetMs: null,
  rttMs: null,
  load: null,
  witness: null,
  calledAt: Number.NEGATIVE_INFINITY,
  accusedSince: null,
  accusedAt: null,
  heardIncarnation: 0,
  failedIncarnation: null,
  opened: false,
  life: '',
  lifeSince: now,
  endpoints: new Map(),
});
