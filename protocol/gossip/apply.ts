/** Foreign rows on their way in: certificate, signature, right to write, clock; then the join. Cannot die on one row. */
import { compareRows, mergeRow, setAside, takeAside } from '../crdt/merge.ts';
import type { HostId } from '../identity.ts';
import { isKind, KINDS } from '../records/index.ts';
import { type Row, rowKey } from '../records/row.ts';
import { verifyRow } from '../records/sign.ts';
import { log, type State } from '../state.ts';
import { hlcWall } from '../time.ts';
import { sameBytes } from '../trust/certificate.ts';
import { chainOf, type MemberIdentity, memberFromChain } from '../trust/members.ts';
import { decode } from '../wire/codec.ts';
import { bytes, object } from '../wire/shape.ts';

/** Merges rows from a peer; returns those that were new here. Member records go first: others are proved by them. */
export function applyRows(state: State, rows: Row[]): Row[] {
  const fresh: Row[] = [];
  const ordered = [...rows].sort((a, b) => Number(b.kind === 'member') - Number(a.kind === 'member'));
  for (const row of ordered) if (applyRow(state, row)) fresh.push(row);
  if (fresh.some((row) => row.kind === 'member')) fresh.push(...retryOrphans(state));
  return fresh;
}

function applyRow(state: State, row: Row): boolean {
  const held = state.table.rows.get(rowKey(row));
  if (held && sameBytes(held.sig, row.sig)) return false;
  if (row.kind === 'member' && !learnMember(state, row))
    return refuse(state, row, 'certificate does not hold');
  const member = state.gossip.members.get(row.origin);
  if (!member) return keepOrphan(state, row);
  if (!mayWriteKind(member, row)) return refuse(state, row, 'needs an operator');
  if (!verifyRow(state.crypto, state.identity.mesh, member.publicKey, row)) {
    state.gossip.counters.badSignature += 1;
    return refuse(state, row, 'bad signature');
  }
  if (row.origin === state.self) return meetOwnRow(state, row);
  if (isOperators(row) && isAhead(state, row)) return holdAside(state, row);
  return join(state, row);
}

/** Its stamp is further ahead of our clock than two clocks may differ. Only operators' records are ordered by stamps. */
const isAhead = (state: State, row: Row): boolean =>
  hlcWall(row.hlc) > state.wall + state.config.tunables.maxClockSkewMs;

function join(state: State, row: Row): boolean {
  const result = mergeRow(state.table, row);
  if (result.outcome === 'refused') return refuse(state, row, result.why);
  if (result.outcome === 'known') return false;
  for (const dropped of result.dropped) {
    queueRemove(state, dropped);
    noteChange(state, dropped);
  }
  if (!isAhead(state, row)) state.meta.hlc = Math.max(state.meta.hlc, row.hlc);
  if (result.outcome === 'void') return false;
  queuePersist(state, row);
  noteChange(state, row);
  return true;
}

/**
 * An own row that we do not hold: void here at some time, or kept in memory only and forgotten by a restart, and the
 * join decides anew; or written by a life of ours whose store was lost. That one must not leave us ignored for ever:
 * take the epoch above it and say everything again (rule R5). What operators or a steward wrote here outlives both.
 */
function meetOwnRow(state: State, row: Row): boolean {
  const { epoch, seq } = state.meta;
  const held = state.table.rows.get(rowKey(row));
  const isAboveOurs = held !== undefined && !isOperators(row) && compareRows(row, held) > 0;
  const isOfLostLife = row.epoch > epoch || (row.epoch === epoch && (row.seq > seq || isAboveOurs));
  if (isOfLostLife) {
    const next = Math.max(state.local.nextEpoch ?? 0, row.epoch + 1);
    if (next === state.local.nextEpoch) return isOperators(row) && join(state, row);
    state.local.nextEpoch = next;
    log(state, 'warn', 'heard own rows of a life whose store was lost: publishing anew', { epoch: next });
  }
  if (!endsWithLife(row)) return join(state, row);
  return row.epoch === epoch && !isOfLostLife && join(state, row);
}

const endsWithLife = (row: Row): boolean =>
  isKind(row.kind) && KINDS[row.kind].writer === 'owner' && !KINDS[row.kind].outlivesOrigin;

const isOperators = (row: Row): boolean => isKind(row.kind) && KINDS[row.kind].writer === 'operator';

const mayWriteKind = (member: MemberIdentity, row: Row): boolean =>
  member.role === 'operator' || !isOperators(row);

const memberShape = object({ chain: bytes(1, 32 * 1024) });

function learnMember(state: State, row: Row): boolean {
  try {
    const { chain } = memberShape(decode(row.body), '');
    const member = memberFromChain(chain, row.origin, state.identity.mesh, state.crypto, state.wall);
    if (member) state.gossip.members.set(row.origin, member);
    return member !== null;
  } catch {
    return false;
  }
}

/** At start: the members whose certificates the store held. */
export function learnStoredMembers(state: State, hosts: HostId[]): void {
  for (const host of hosts) {
    const chain = chainOf(state.table, host);
    const member = chain && memberFromChain(chain, host, state.identity.mesh, state.crypto, state.wall);
    if (member) state.gossip.members.set(host, member);
  }
}

function keepOrphan(state: State, row: Row): false {
  const { orphans } = state.gossip;
  if (orphans.size >= state.config.tunables.maxOrphans) return false;
  orphans.set(rowKey(row), row);
  return false;
}

/** Rows whose origin has become known by whatever way. Called when a certificate comes, and on ticks. */
export function retryOrphans(state: State): Row[] {
  if (state.gossip.orphans.size === 0) return [];
  const ready = [...state.gossip.orphans.values()].filter((row) => state.gossip.members.has(row.origin));
  for (const row of ready) state.gossip.orphans.delete(rowKey(row));
  return ready.filter((row) => applyRow(state, row));
}

function holdAside(state: State, row: Row): false {
  const { aside } = state.table;
  // Bounded like orphans: a host with a wild clock must not fill everybody's memory; repair offers the rest again.
  if (aside.size >= state.config.tunables.maxOrphans && !aside.has(rowKey(row))) return false;
  if (setAside(state.table, row)) {
    state.gossip.counters.aside += 1;
    log(state, 'warn', 'row held aside: its stamp is too far ahead of this clock', { row: rowKey(row) });
  }
  return false;
}

/** Rows whose time has come are read now. Called on ticks. */
export function releaseAside(state: State): void {
  const limit = state.wall + state.config.tunables.maxClockSkewMs;
  for (const [key, row] of state.table.aside) {
    if (hlcWall(row.hlc) > limit) continue;
    takeAside(state.table, key);
    join(state, row);
  }
}

function refuse(state: State, row: Row, why: string): false {
  state.gossip.counters.refused += 1;
  log(state, 'debug', 'row refused', { row: rowKey(row), why });
  return false;
}

export function queuePersist(state: State, row: Row): void {
  const key = rowKey(row);
  state.out.remove.delete(key);
  const memory = isKind(row.kind) && KINDS[row.kind].retention === 'memory';
  if (!memory) state.out.put.set(key, row);
}

export function queueRemove(state: State, row: Row): void {
  const key = rowKey(row);
  if (state.table.rows.has(key)) return;
  state.out.put.delete(key);
  state.out.remove.add(key);
}

/** Marks what must be derived anew because of this row. */
export function noteChange(state: State, row: Row): void {
  switch (row.kind) {
    case 'service':
    case 'rollout':
      state.dirty.services.add(row.id);
      break;
    case 'claim':
      state.dirty.slots.add(row.id);
      break;
    case 'host':
    case 'node':
      // Labels, availability, room, engine: any slot may move.
      state.dirty.all = true;
      state.dirty.view = true;
      break;
    case 'member':
    case 'alert':
    case 'probe':
      state.dirty.view = true;
      break;
  }
}
