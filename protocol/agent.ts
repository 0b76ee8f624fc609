/**
 * The one entrance of the core: `createAgent` from what the store held, `step` for everything that happens.
 * Pure and synchronous: no clock, no randomness, no IO but what comes in and goes out as values.
 */
import { onAckTimer, onStored } from './commands/ack.ts';
import { onCommand } from './commands/execute.ts';
import { createCommands } from './commands/state.ts';
import type { Config } from './config.ts';
import { mergeRow } from './crdt/merge.ts';
import { createTable, idsOf, ownerBody } from './crdt/table.ts';
import type { Effect, Meta } from './effect.ts';
import { applyRows, learnStoredMembers } from './gossip/apply.ts';
import {
  answerBuckets,
  answerHeld,
  answerWant,
  createPeerGossip,
  noteRepaired,
  startWalk,
} from './gossip/repair.ts';
import { confirmStored, flood, isFloodTimer, noteStored } from './gossip/spread.ts';
import { createGossip } from './gossip/state.ts';
import type { HostId } from './identity.ts';
import type { Input } from './input.ts';
import { assertNever } from './invariants.ts';
import { onHeard, onLinkLost } from './membership/accuse.ts';
import { onHeartbeat, onProbed } from './membership/news.ts';
import { publishSelf } from './membership/self.ts';
import { createMembership } from './membership/state.ts';
import { createZoneState } from './naming/state.ts';
import { createRandom } from './random.ts';
import { onEngineEvent } from './reconcile/engine-events.ts';
import { createLocal } from './reconcile/local.ts';
import type { Row } from './records/row.ts';
import { settle, tick } from './settle.ts';
import { emit, type HostFacts, type Identity, log, type State, startTimer } from './state.ts';
import type { Crypto } from './trust/crypto.ts';
import type { Message } from './wire/message.ts';

/** What a host starts from. `rows` and `meta` are what its store held (none for a new host). */
export interface Restored {
  identity: Identity;
  facts: HostFacts;
  rows: Row[];
  meta: Meta;
  seed: number;
  /** services the DNS worker knows of, when only the core's memory was thrown away */
  named?: Iterable<string>;
}

/** Changes nothing outside; the first input must be `start`. */
export function createAgent(config: Config, restored: Restored, crypto: Crypto): State {
  const state: State = {
    config,
    crypto,
    identity: restored.identity,
    facts: restored.facts,
    self: restored.identity.self,
    meta: metaOf(restored),
    now: 0,
    wall: 0,
    random: createRandom(restored.seed),
    table: createTable(),
    gossip: createGossip(),
    membership: createMembership(),
    local: createLocal(),
    zone: createZoneState(restored.named),
    services: new Map(),
    openSlots: new Map(),
    nextReviewAt: 0,
    workDueAt: Number.POSITIVE_INFINITY,
    commands: createCommands(),
    dirty: { services: new Set(), slots: new Set(), all: true, view: true },
    timers: new Map(),
    nextToken: 1,
    out: { put: new Map(), remove: new Set(), metaChanged: false, effects: [] },
  };
  for (const row of restored.rows) mergeRow(state.table, row);
  // Before the first input: a message may come ahead of `start`.
  learnStoredMembers(state, idsOf(state.table, 'member'));
  return state;
}

/** A damaged store may have lost the counters and kept the rows: what is written next must be newer than those. */
function metaOf({ meta, rows, identity }: Restored): Meta {
  const raised = { ...meta };
  for (const row of rows) {
    if (row.origin !== identity.self || row.epoch < raised.epoch) continue;
    if (row.epoch > raised.epoch) raised.seq = 0;
    raised.epoch = row.epoch;
    raised.seq = Math.max(raised.seq, row.seq);
    raised.hlc = Math.max(raised.hlc, row.hlc);
  }
  return raised;
}

/** One input in, all effects out, in the order in which the shell must run them (see effect.ts). */
export function step(state: State, input: Input): Effect[] {
  state.now = input.now;
  state.wall = input.wall;
  handle(state, input);
  settle(state);
  return drain(state);
}

function handle(state: State, input: Input): void {
  switch (input.kind) {
    case 'start':
      return onStart(state);
    case 'message':
      return onMessage(state, input.from, input.message);
    case 'timer':
      return onTimer(state, input.timer, input.token);
    case 'peerUp':
      return onPeerUp(state, input.host);
    case 'peerDown':
      state.gossip.peers.delete(input.host);
      return onLinkLost(state, input.host);
    case 'heartbeat':
      return onHeartbeat(state, input.report);
    case 'probed':
      return onProbed(state, input.probe, input.outcome);
    case 'engine':
      return onEngineEvent(state, input.event);
    case 'load':
      state.local.usage = { cpuMille: input.cpuMille, memoryMille: input.memoryMille };
      state.dirty.view = true;
      return;
    case 'command':
      return onCommand(state, input.request, input.command);
    case 'storeFailed':
      state.commands.readOnly = input.reason;
      return log(state, 'error', 'the store refuses to persist: this host is read-only', {
        reason: input.reason,
      });
    case 'storeWorks':
      return onStoreWorks(state);
    default:
      assertNever(input);
  }
}

function onStart(state: State): void {
  state.membership.startedAt = state.now;
  const held = ownerBody(state.table, 'host', state.self, 'self');
  state.membership.incarnation = (held?.incarnation ?? 0) + 1;
  publishSelf(state);
  learnStoredMembers(state, [state.self]);
  startTimer(state, 'tick', state.config.tunables.tickMs);
}

/** Nothing was written meanwhile: what this host says of itself and of its containers may be out of date. */
function onStoreWorks(state: State): void {
  state.commands.readOnly = null;
  publishSelf(state);
  state.dirty.all = true;
  if (state.local.engine) emit(state, { kind: 'engine', op: { op: 'inventory' } });
}

function onTimer(state: State, timer: string, token: number): void {
  if (state.timers.get(timer) !== token) return;
  state.timers.delete(timer);
  if (timer === 'tick') {
    tick(state);
    startTimer(state, 'tick', state.config.tunables.tickMs);
  } else if (isFloodTimer(timer)) flood(state);
  else onAckTimer(state, timer);
}

/** Neighbours compare digests at once, so that a heal or a join costs one round trip, not a heartbeat. */
function onPeerUp(state: State, host: HostId): void {
  state.gossip.peers.set(host, createPeerGossip());
  startWalk(state, host);
}

function onMessage(state: State, from: HostId, message: Message): void {
  switch (message.type) {
    case 'rows':
      return onRows(state, from, message.how, message.rows);
    case 'stored':
      if (message.epoch !== state.meta.epoch) return;
      noteStored(state, from, message.seqs);
      return onStored(state, from, message.seqs);
    case 'buckets':
      return answerBuckets(state, from, message.buckets);
    case 'held':
      return answerHeld(state, from, message);
    case 'want':
      return answerWant(state, from, message.prints);
    case 'ping':
      return emit(state, { kind: 'send', to: from, message: { type: 'pong', token: message.token } });
    case 'pong':
      return onHeard(state, from);
    default:
      assertNever(message);
  }
}

function onRows(state: State, from: HostId, how: 'flood' | 'repair', rows: Row[]): void {
  const fresh = applyRows(state, rows);
  if (how === 'flood') confirmStored(state, rows);
  else noteRepaired(state, from, fresh);
}

/** Persist first, then everything that leaves, timers last. */
function drain(state: State): Effect[] {
  const { out } = state;
  const effects: Effect[] = [];
  if (out.put.size > 0 || out.remove.size > 0 || out.metaChanged) {
    effects.push({
      kind: 'persist',
      put: [...out.put.values()],
      remove: [...out.remove],
      meta: { ...state.meta },
    });
  }
  effects.push(...out.effects.filter((effect) => effect.kind !== 'timer'));
  effects.push(...out.effects.filter((effect) => effect.kind === 'timer'));
  state.out = { put: new Map(), remove: new Set(), metaChanged: false, effects: [] };
  return effects;
}
