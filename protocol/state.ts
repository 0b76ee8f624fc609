/** The core's whole state. Only the core changes it, in place, one input at a time. */
import type { CommandsState } from './commands/state.ts';
import type { Config } from './config.ts';
import type { Table } from './crdt/table.ts';
import type { Effect, Meta } from './effect.ts';
import type { GossipState } from './gossip/state.ts';
import type { HostId, MeshId } from './identity.ts';
import type { MembershipState } from './membership/state.ts';
import type { ZoneState } from './naming/state.ts';
import type { Slot } from './placement/slot.ts';
import type { Random } from './random.ts';
import type { LocalState } from './reconcile/local.ts';
import type { Row, RowKey } from './records/row.ts';
import type { Service } from './services/read.ts';
import type { Millis } from './time.ts';
import type { Crypto } from './trust/crypto.ts';

/** What this host says of itself at start; engine facts follow when the engine answers. */
export interface HostFacts {
  name: string;
  address: string;
  port: number;
  labels: Record<string, string>;
  /** changes with every boot of the machine (rule C4) */
  boot: string;
  version: string;
}

export interface Identity {
  self: HostId;
  mesh: MeshId;
  role: 'operator' | 'worker';
  /** encoded certificate chain, published as this host's member record */
  chain: Uint8Array;
}

export interface State {
  readonly config: Config;
  readonly crypto: Crypto;
  readonly identity: Identity;
  readonly facts: HostFacts;
  readonly self: HostId;
  meta: Meta;
  now: Millis;
  wall: Millis;
  random: Random;
  table: Table;
  gossip: GossipState;
  membership: MembershipState;
  local: LocalState;
  zone: ZoneState;
  /** services as last read, by id: derived, refreshed when their rows change */
  services: Map<string, Service>;
  commands: CommandsState;
  /** slots that anybody may bid for, in this view */
  openSlots: Map<Slot, OpenSlot>;
  nextReviewAt: Millis;
  workDueAt: Millis;
  dirty: Dirty;
  /** live timer tokens by name; a timer that fires with another token is stale */
  timers: Map<string, number>;
  nextToken: number;
  out: Out;
}

interface OpenSlot {
  since: Millis;
  /** who wins it by the published records: counted as that host's work while other slots are played */
  expected: HostId | null;
}

/** What must be derived anew before the step ends. */
interface Dirty {
  services: Set<string>;
  /** only claims of these slots changed: the rest of their services need not be looked at */
  slots: Set<Slot>;
  /** host states, labels or loads changed in a way that may move any slot */
  all: boolean;
  /** links, heartbeat feed or zone hosts may have changed */
  view: boolean;
}

/** Effects of the step under way; rows to persist are kept apart because they go first, in one batch. */
interface Out {
  put: Map<RowKey, Row>;
  remove: Set<RowKey>;
  metaChanged: boolean;
  effects: Effect[];
}

export const emit = (state: State, effect: Effect): void => {
  state.out.effects.push(effect);
};

export function startTimer(state: State, timer: string, afterMs: Millis): void {
  const token = state.nextToken++;
  state.timers.set(timer, token);
  emit(state, { kind: 'timer', timer, afterMs: Math.max(0, afterMs), token });
}

export const stopTimer = (state: State, timer: string): void => {
  state.timers.delete(timer);
};

export const log = (
  state: State,
  level: 'debug' | 'info' | 'warn' | 'error',
  text: string,
  data: Record<string, unknown> = {},
): void => emit(state, { kind: 'log', level, text, data });
