/** What main and the heartbeat worker say to each other. */
import type { Address } from '../../protocol/identity.ts';
import type { HeartbeatTunables } from '../../protocol/membership/heartbeat.ts';
import type {
  HeartbeatFeed,
  HeartbeatIdentity,
  HeartbeatReport,
} from '../../protocol/membership/heartbeat-types.ts';
import type { SharedWords } from './shared.ts';

export interface WorkerStart {
  listen: Address;
  identity: HeartbeatIdentity;
  /** raw X25519 private key */
  dhPrivateKey: Uint8Array;
  tunables: HeartbeatTunables;
  words: SharedWords;
}

/** Without peers: they are the same as before, and copying thousands of them between threads is not free. */
export type WorkerFeed = Omit<HeartbeatFeed, 'peers'> & { peers?: HeartbeatFeed['peers'] };

export type FromWorker =
  | { kind: 'listening'; port: number }
  | { kind: 'cannotListen'; code: string }
  | { kind: 'report'; report: HeartbeatReport };
