/**
 * Which connections are members', and which one of them is in use for each host. Everything else in the mesh asks here
 * before it touches a connection: `linkOf` holds any stream back until its connection has passed the greeting.
 */
import type { Connection } from '@libp2p/interface';
import type { HostId } from '../../protocol/identity.ts';
import type { Certificate } from '../../protocol/trust/certificate.ts';
import type { Outcome } from './greeting.ts';

/** The connection in use between this host and a member. */
export interface Link {
  readonly host: HostId;
  readonly chain: Certificate[];
  readonly connection: Connection;
  readonly inbound: boolean;
  /** monotonic ms of activation, and of the last message or request outside of the flood */
  readonly since: number;
  usedAt: number;
  /** open request streams, either way */
  calls: number;
}

export interface LinkEvents {
  up(link: Link): void;
  /** a newer connection to the same host took over */
  replaced(old: Link, link: Link): void;
  down(link: Link): void;
}

/** A connection from its first moment: nobody's until it has passed the greeting. */
export interface Guest {
  readonly connection: Connection;
  readonly link: PromiseWithResolvers<Link>;
  readonly greeted: PromiseWithResolvers<HostId>;
  readonly deadline: NodeJS.Timeout;
  host?: HostId;
  chain: Certificate[];
  greeting: boolean;
}

export interface LinkTable {
  readonly guests: Set<Guest>;
  /** closed connections included, so that a dial which was refused at once still learns why */
  readonly seen: WeakMap<Connection, Guest>;
  readonly active: Map<HostId, Link>;
  readonly waiting: Map<HostId, Set<(link: Link) => void>>;
  readonly events: LinkEvents;
}

/** A connection that has not passed the greeting by then is a stranger's. */
export const GREETING_MS = 3_000;
/** Two connections made within this time crossed each other: the first stays. Later ones take over. */
const CROSSING_MS = 1_000;
/** The connection that was taken over lives on this long, for what is still in it. */
const LINGER_MS = 2_000;

export const createLinkTable = (events: LinkEvents): LinkTable => ({
  guests: new Set(),
  seen: new WeakMap(),
  active: new Map(),
  waiting: new Map(),
  events,
});

export const activeLink = (table: LinkTable, host: HostId): Link | undefined => table.active.get(host);

/** Resolves when the connection is in use; rejects if it is refused, spare, late or gone. */
export const linkOf = (table: LinkTable, connection: Connection): Promise<Link> =>
  guestOf(table, connection).link.promise;

/** The host behind a connection, once both sides have shown their chains. */
export const hostBehind = (table: LinkTable, connection: Connection): Promise<HostId> =>
  guestOf(table, connection).greeted.promise;

export function guestOf(table: LinkTable, connection: Connection): Guest {
  const known = table.seen.get(connection);
  if (known) return known;
  const late = (): void => connection.abort(new Error('no certificate in time'));
  const guest: Guest = {
    connection,
    link: Promise.withResolvers(),
    greeted: Promise.withResolvers(),
    deadline: setTimeout(late, GREETING_MS),
    chain: [],
    greeting: false,
  };
  // Nobody may be waiting for either: a refusal is then no unhandled rejection.
  guest.link.promise.catch(() => {});
  guest.greeted.promise.catch(() => {});
  table.seen.set(connection, guest);
  if (connection.status === 'open') table.guests.add(guest);
  else rejectGuest(guest, new Error('connection was lost'));
  return guest;
}

export function rejectGuest(guest: Guest, why: Error): void {
  clearTimeout(guest.deadline);
  guest.link.reject(why);
  guest.greeted.reject(why);
}

/** Asked of the host with the lower id when another connection has passed: shall it be the one in use? */
export function wantsConnection(table: LinkTable, host: HostId): boolean {
  const current = table.active.get(host);
  return current?.connection.status !== 'open' || performance.now() - current.since > CROSSING_MS;
}

/** The greeting has ended well. */
export function settleGuest(table: LinkTable, guest: Guest, outcome: Outcome): void {
  clearTimeout(guest.deadline);
  guest.host = outcome.host;
  guest.greeted.resolve(outcome.host);
  if (outcome.use === 'use') {
    activate(table, guest, outcome.host);
    return;
  }
  guest.link.reject(new Error('another connection to that host is in use'));
  guest.connection.close().catch(() => guest.connection.abort(new Error('spare connection')));
}

function activate(table: LinkTable, guest: Guest, host: HostId): void {
  const { connection, chain } = guest;
  const now = performance.now();
  const inbound = connection.direction === 'inbound';
  const link: Link = { host, chain, connection, inbound, since: now, usedAt: now, calls: 0 };
  const old = table.active.get(host);
  table.active.set(host, link);
  if (old) {
    setTimeout(() => old.connection.abort(new Error('replaced by a newer connection')), LINGER_MS).unref();
    table.events.replaced(old, link);
  } else {
    table.events.up(link);
  }
  guest.link.resolve(link);
  for (const wake of table.waiting.get(host) ?? []) wake(link);
  table.waiting.delete(host);
}

export function connectionClosed(table: LinkTable, connection: Connection): void {
  const guest = table.seen.get(connection);
  if (!guest || !table.guests.delete(guest)) return;
  // Later, since what the peer said last (why it refuses, say) may have come in the same packet and is still being read.
  setImmediate(() => rejectGuest(guest, new Error('connection was lost')));
  const link = guest.host === undefined ? undefined : table.active.get(guest.host);
  if (link?.connection !== connection) return;
  table.active.delete(link.host);
  table.events.down(link);
}

/** Resolves when some connection to the host is in use, whoever dialled it. */
export function waitForLink(table: LinkTable, host: HostId, signal: AbortSignal): Promise<Link> {
  const current = table.active.get(host);
  if (current) return Promise.resolve(current);
  return new Promise((resolve, reject) => {
    const wakers = table.waiting.get(host) ?? new Set();
    table.waiting.set(host, wakers.add(resolve));
    signal.addEventListener('abort', () => {
      wakers.delete(resolve);
      reject(new Error('the host did not answer in time'));
    });
  });
}

/** Closes every connection of that member at once. */
export function dropHost(table: LinkTable, host: HostId): void {
  for (const guest of table.guests) {
    if (guest.host === host) guest.connection.abort(new Error('dropped'));
  }
}
