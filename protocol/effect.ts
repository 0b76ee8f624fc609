/**
 * Everything the core can ask for. The shell runs the effects of a step in this order:
 * persist (one synced batch) -> send, broadcast, engine, probe, links, heartbeat, zone, reply, log -> timer.
 */
import type { EngineOp } from './engine.ts';
import type { Failure } from './errors.ts';
import type { HostId } from './identity.ts';
import type { RequestId } from './input.ts';
import type { HeartbeatFeed } from './membership/heartbeat-types.ts';
import type { ZoneDelta } from './naming/zone-view.ts';
import type { Row, RowKey } from './records/row.ts';
import type { Hlc, Millis } from './time.ts';
import type { Message } from './wire/message.ts';

/** Own counters that must never go backwards while the store lives. */
export interface Meta {
  epoch: number;
  seq: number;
  hlc: Hlc;
}

export interface LinkTarget {
  host: HostId;
  publicKey: Uint8Array;
  address: string;
  port: number;
}

export type Effect =
  | { kind: 'persist'; put: Row[]; remove: RowKey[]; meta: Meta }
  | { kind: 'send'; to: HostId; message: Message }
  | { kind: 'broadcast'; message: Message }
  | { kind: 'engine'; op: EngineOp }
  | { kind: 'probe'; probe: number; address: string; port: number; timeoutMs: Millis }
  /** `ring`: kept connected, gossip flows on these; `known`: every member's address, for calls on demand */
  | { kind: 'links'; ring: LinkTarget[]; known: LinkTarget[] }
  /** end the connections to a host judged failed: a half-open one would delay its return by TCP's back-off */
  | { kind: 'drop'; host: HostId }
  | { kind: 'heartbeat'; feed: HeartbeatFeed }
  | { kind: 'zone'; delta: ZoneDelta }
  | { kind: 'reply'; request: RequestId; result: CommandResult }
  | { kind: 'timer'; timer: string; afterMs: Millis; token: number }
  | { kind: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; text: string; data: Record<string, unknown> };

/** ok: `data` is what the API route returns; kept: neighbours that confirmed, of those waited for. */
export type CommandResult =
  | { ok: true; data: unknown; kept: { others: number; of: number } }
  | { ok: false; failure: Failure };
