/** A host's word on one slot in one generation: bid, then holder. Written by that host alone (rules C1, C2). */
import { entriesOf, hasEntry } from '../crdt/table.ts';
import { slotService } from '../placement/slot.ts';
import {
  dictionary,
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  pair,
  text,
} from '../wire/shape.ts';
import type { Entry, RecordKind } from './kind.ts';
import { generationFloor } from './rollout.ts';
import { rowKey } from './row.ts';
import { REMOVED } from './service.ts';

export const RUN = { released: -1, bidding: 0, started: 1, healthy: 2 } as const;
type Run = (typeof RUN)[keyof typeof RUN];

const port = object({
  protocol: oneOf('tcp', 'udp'),
  target: integer(1, 65535),
  published: integer(0, 65535),
});

const why = object({
  bids: list(object({ host: text(40), score: integer(), term: integer() }), 200),
  refused: list(object({ host: text(40), filter: text(40), reason: text(300) }), 200),
  loads: dictionary(pair(integer(0, 1000), integer(0, 1000)), 200),
});

/** Far above what replacing ever reaches: one more than a member's highest must still be a term. */
export const MAX_TERM = 2 ** 40;
/** Slot and generation together: a probe row is named by both. */
const MAX_NAME = 200;

/** The last moment that an ISO date can name. */
const LAST_DATE_MS = 8_640_000_000_000_000;

const parse = object({
  run: oneOf<Run>(RUN.released, RUN.bidding, RUN.started, RUN.healthy),
  /** it has been started at least once: such a release is kept, or a stale running row could come back */
  ran: flag,
  /** ended as its restart policy allows: holds the slot, serves nothing */
  finished: flag,
  /** of a finished one */
  exitCode: optional(integer(-1, 0x7fffffff)),
  /** rises by one each time a claim replaces a masked holder; the lower one is the original */
  term: integer(0, MAX_TERM),
  /** 0..10^6, larger is better */
  score: integer(0, 1_000_000),
  boot: text(200),
  engineStart: text(200),
  /** reservations, so that everybody counts room alike */
  memoryBytes: integer(),
  nanoCpus: integer(),
  image: text(),
  container: nullable(text(300)),
  containerId: nullable(text(100)),
  address: nullable(text(60)),
  ports: list(port, 200),
  /** Unix ms of the last change, by the holder's clock: for people only, never compared */
  since: integer(0, LAST_DATE_MS),
  /** one line for people: why it waits, failed or was released */
  note: text(500),
  why: optional(why),
});
export type ClaimBody = ReturnType<typeof parse>;
export type ClaimReasons = NonNullable<ClaimBody['why']>;

export const claim: RecordKind<ClaimBody> = {
  writer: 'owner',
  retention: 'disk',
  parse,
  /** id = slot, group = generation */
  mayWrite: (id, group) => id.length + group.length <= MAX_NAME,
  isVoid: (entry, table) =>
    hasEntry(table, 'service', slotService(entry.row.id), REMOVED) ||
    entry.row.group < generationFloor(table, slotService(entry.row.id)) ||
    (isLosable(entry.body) && entriesOf(table, 'claim', entry.row.id).some((other) => voids(other, entry))),
  affects: (entry, table) => (ranTerm(entry.body) >= 0 ? entriesOf(table, 'claim', entry.row.id) : []),
};

const isLosable = (body: ClaimBody): boolean => body.run <= RUN.bidding && !body.ran;

/** The highest term in which the claim is known to have run; -1: never. It never sinks, whatever its host writes next. */
export function ranTerm(body: ClaimBody): number {
  if (!body.ran && body.run < RUN.started) return -1;
  return body.run === RUN.bidding ? body.term - 1 : body.term;
}

/**
 * A row that runs or ran voids the bids that never did, of its own and of older generations, with no tombstone (rule
 * C5). That it was released since changes nothing, or hosts would differ by what they saw first: who replaces it bids
 * with a higher term, as one does who saw it masked or leaving.
 */
const voids = (ran: Entry<ClaimBody>, row: Entry<ClaimBody>): boolean =>
  ranTerm(ran.body) >= 0 &&
  rowKey(ran.row) !== rowKey(row.row) &&
  (ran.row.group > row.row.group || (ran.row.group === row.row.group && ranTerm(ran.body) >= row.body.term));
