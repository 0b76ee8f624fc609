/** The heartbeat machine's own inputs and effects: it runs in a worker thread, apart from the core (rule V7). */
import type { HostId, MeshId } from '../identity.ts';
import type { Load } from '../load.ts';
import type { Millis } from '../time.ts';

/** 64 bits as two unsigned 32-bit halves. */
export type Digest = [high: number, low: number];

/** What the core tells the machine whenever it changes. */
export interface HeartbeatFeed {
  peers: HeartbeatPeer[];
  digest: Digest;
  /** own incarnation */
  incarnation: number;
  load: Load;
}

/** Every known member is listed, so that a returning one is believed at once, from whatever address. */
export interface HeartbeatPeer {
  host: HostId;
  address: string;
  port: number;
  /** raw X25519 public key from the certificate */
  dh: Uint8Array;
  /** beat: we send to it each second; watch: its silence is reported; feel: it failed, send a feeler now and then */
  beat: boolean;
  watch: boolean;
  feel: boolean;
}

export interface HeartbeatIdentity {
  mesh: MeshId;
  self: HostId;
  /** owner's epoch and the count of its agent starts: with the counter they order a host's datagrams (no replay) */
  epoch: number;
  starts: number;
}

export type HeartbeatInput = { now: Millis; wall: Millis } & (
  | { kind: 'feed'; feed: HeartbeatFeed }
  | { kind: 'datagram'; bytes: Uint8Array; address: string; port: number }
  /** mainAgeMs: since the main loop's last turn, read from shared memory by the worker */
  | { kind: 'tick'; mainAgeMs: Millis }
  /** the kernel refused our own datagram: our own ill health (EPERM, ENETUNREACH ...), never the peer's silence */
  | { kind: 'sendFailed'; host: HostId; code: string }
);

export type HeartbeatEffect =
  | { kind: 'datagram'; host: HostId; address: string; port: number; bytes: Uint8Array }
  | ({ kind: 'report' } & HeartbeatReport);

/** What the core hears from the machine. */
export type HeartbeatReport =
  /** an authentic datagram; at most one report per host and 500 ms unless digest, incarnation or address changed */
  | {
      report: 'heard';
      host: HostId;
      address: string;
      port: number;
      digest: Digest;
      incarnation: number;
      mainAgeMs: Millis;
      /** sender's wall clock minus ours */
      clockOffsetMs: Millis;
      load: Load;
      /** loads of hosts that are no neighbours, passed on within a byte budget (rule R11) */
      relayed: { host: HostId; load: Load; ageMs: Millis }[];
      /** smoothed round trip, undefined until echoed */
      rttMs?: Millis;
    }
  /** a watched peer passed its learnt silence threshold; repeated each second while it lasts */
  | { report: 'silent'; host: HostId; forMs: Millis }
  | { report: 'unwell'; code: string };

/** Pairwise tag over the bytes: 8 bytes of HMAC under HKDF(X25519 static-static, mesh id); undefined: unknown peer. */
export type PairMac = (peer: HostId, bytes: Uint8Array) => Uint8Array | undefined;
