/**
 * Valid rows of every record kind, for the laws. A kind that is missing here does not compile.
 * The domains are tiny on purpose: what breaks a merge is rows that meet.
 */
import fc from 'fast-check';
import type { HostId } from '../../protocol/identity.ts';
import { slotOf } from '../../protocol/placement/slot.ts';
import { type ClaimReasons, RUN, ranTerm } from '../../protocol/records/claim.ts';
import type { Bodies, Kind } from '../../protocol/records/index.ts';
import { hostIdOf } from '../../sim/crypto.ts';

/** Where a row may stand, and what it may say. */
export interface KindRows<Body> {
  /** [id, group] pairs that this origin may write */
  place(origin: HostId): fc.Arbitrary<[id: string, group: string]>;
  body: fc.Arbitrary<Body>;
  /**
   * What every writer keeps of its own earlier word under the same key: absent where nothing is. The laws of order
   * hold for such writers; a hostile one may break them for its own rows, which repair must survive.
   */
  follow?(before: Body, next: Body): Body;
}

/** Members of the simulated mesh, so that rows of theirs can be signed. */
export const NAMES = ['ada', 'bob', 'cyd'];
export const HOSTS: HostId[] = NAMES.map(hostIdOf);
export const SERVICES = ['s'.repeat(25), '-'.repeat(25)];
const SLOTS = SERVICES.flatMap((service) => [slotOf(service, 1), slotOf(service, 2)]);
const GENERATIONS = ['0g1', '0g2', '0g3'];

const host = fc.constantFrom(...HOSTS);
const otherHost = (origin: HostId) => fc.constantFrom(...HOSTS.filter((id) => id !== origin));
const service = fc.constantFrom(...SERVICES);
const slot = fc.constantFrom(...SLOTS);
const generation = fc.constantFrom(...GENERATIONS);
const few = fc.integer({ min: 1, max: 4 });
const word = fc.constantFrom('', 'x', 'y');

const aboutOther = (origin: HostId, group: fc.Arbitrary<string>) => fc.tuple(otherHost(origin), group);
const risingIncarnation = <B extends { incarnation: number }>(before: B, next: B): B => ({
  ...next,
  incarnation: Math.max(before.incarnation, next.incarnation),
});

/** The last moment that JavaScript can tell. */
const LAST_DATE_MS = 8_640_000_000_000_000;
const NO_REASONS: ClaimReasons = { bids: [], refused: [], loads: {} };

const claimBody: fc.Arbitrary<Bodies['claim']> = fc
  .record({
    run: fc.constantFrom(RUN.released, RUN.bidding, RUN.started, RUN.healthy),
    ran: fc.boolean(),
    finished: fc.boolean(),
    exitCode: fc.option(fc.nat(2), { nil: undefined }),
    term: fc.nat(2),
    score: fc.nat(2),
    boot: word,
    engineStart: word,
    memoryBytes: fc.nat(2),
    nanoCpus: fc.nat(2),
    image: word,
    container: fc.option(word),
    containerId: fc.option(word),
    address: fc.option(word),
    ports: fc.array(
      fc.record({
        protocol: fc.constantFrom('tcp' as const, 'udp' as const),
        target: few,
        published: fc.nat(2),
      }),
      { maxLength: 2 },
    ),
    since: fc.constantFrom(0, 1, LAST_DATE_MS),
    note: word,
    why: fc.option(fc.constant(NO_REASONS), { nil: undefined }),
  })
  .map((body) => ({ ...body, ran: body.ran || body.run >= RUN.started }));

export const ROWS: { [K in Kind]: KindRows<Bodies[K]> } = {
  alert: {
    place: (origin) => aboutOther(origin, fc.constant('verdict')),
    body: fc.record({
      incarnation: few,
      says: fc.constantFrom(
        'alive' as const,
        'stalled' as const,
        'agent-down' as const,
        'unreachable' as const,
      ),
      silentMs: fc.nat(3),
    }),
    follow: risingIncarnation,
  },
  claim: {
    place: () => fc.tuple(slot, generation),
    body: claimBody,
    follow: (before, next) => {
      // Whoever bids again after it ran takes a higher term.
      const again = next.run === RUN.bidding ? ranTerm(before) + 1 : 0;
      return { ...next, ran: before.ran || next.ran, term: Math.max(before.term, next.term, again) };
    },
  },
  host: {
    place: (origin) => fc.constant([origin, 'self']),
    body: fc.record({
      name: word,
      address: word,
      port: few,
      labels: fc.dictionary(word, word, { maxKeys: 2 }),
      incarnation: few,
      boot: word,
      engineStart: word,
      engineKind: word,
      engineVersion: word,
      os: word,
      arch: word,
      memoryBytes: few,
      nanoCpus: few,
      version: word,
      left: fc.boolean(),
    }),
    follow: risingIncarnation,
  },
  member: {
    place: (origin) => fc.constant([origin, 'chain']),
    body: fc.record({ chain: fc.uint8Array({ minLength: 1, maxLength: 2 }) }),
  },
  node: {
    place: () => fc.tuple(host, fc.constantFrom('availability', 'removed', 'label.x')),
    body: fc.record({ value: fc.option(word, { nil: undefined }) }),
  },
  probe: {
    place: (origin) =>
      aboutOther(
        origin,
        fc.tuple(slot, generation).map(([at, of]) => `${at}|${of}`),
      ),
    body: fc.record({ incarnation: few, dead: fc.boolean() }),
    follow: risingIncarnation,
  },
  rollout: {
    place: () => service.map((id) => [id, 'update']),
    body: fc.record({
      generation,
      slots: fc.array(slot, { maxLength: 2 }),
      floor: fc.constantFrom('', ...GENERATIONS),
    }),
    follow: (before, next) => ({ ...next, floor: [before.floor, next.floor].sort().at(-1)! }),
  },
  service: {
    place: () => fc.tuple(service, fc.constantFrom('Name', 'TaskTemplate', 'label.x', 'removed')),
    body: fc.record({ writes: few, value: fc.option(word) }),
  },
};
