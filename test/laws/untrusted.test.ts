/** What strangers send: any value for a body, any bytes for a message or a stored row. Nothing may escape as a crash. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeRow } from '../../protocol/crdt/merge.ts';
import { createTable } from '../../protocol/crdt/table.ts';
import { KINDS } from '../../protocol/records/index.ts';
import type { RecordKind } from '../../protocol/records/kind.ts';
import type { Row } from '../../protocol/records/row.ts';
import { encode } from '../../protocol/wire/codec.ts';
import type { Message } from '../../protocol/wire/message.ts';
import { ShapeError } from '../../protocol/wire/shape.ts';
import { decodeMessage, decodeRow, encodeMessage, encodeRow } from '../../protocol/wire/validate.ts';
import { type KindRows, ROWS } from './bodies.ts';
import { ALL_KINDS, wildRows } from './rows.ts';

const RUNS = Number(process.env.LAW_RUNS ?? 200) * 5;
const LIMITS = { maxMessageBytes: 100_000, maxBodyBytes: 10_000 };

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withTypedArray: true,
});

/** A valid body in which one field, at any depth, is replaced by anything. */
const spoilt = (body: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(body, anything, fc.nat(), fc.nat())
    .map(([value, other, pick, depth]) => replaceAt(value, other, pick, depth % 3));

function replaceAt(value: unknown, other: unknown, pick: number, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return other;
  const keys = Object.keys(value);
  const key = keys[pick % Math.max(1, keys.length)];
  if (key === undefined) return other;
  const inner = depth === 0 ? other : replaceAt(Reflect.get(value, key), other, pick, depth - 1);
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...value, [key]: inner };
}

function refusesCleanly(
  parse: (value: unknown, path: string) => unknown,
  values: fc.Arbitrary<unknown>,
): void {
  fc.assert(
    fc.property(values, (value) => {
      try {
        parse(value, '');
      } catch (error) {
        if (!(error instanceof ShapeError)) throw new Error(`not a ShapeError: ${String(error)}`);
      }
    }),
    { numRuns: RUNS },
  );
}

test.each(ALL_KINDS)('a body of %s is read or refused with a ShapeError, never anything else', (kind) => {
  const { parse }: RecordKind<unknown> = KINDS[kind];
  const { body }: KindRows<unknown> = ROWS[kind];
  refusesCleanly(parse, fc.oneof(anything, spoilt(body)));
});

test('a kind that trusts what it reads is caught', () => {
  const trusting = (value: unknown): unknown => Reflect.get(Object(value), 'address').length;
  const cause = expect.objectContaining({ message: expect.stringContaining('not a ShapeError: TypeError') });
  expect(() => refusesCleanly(trusting, fc.oneof(anything, spoilt(ROWS.host.body)))).toThrow(
    expect.objectContaining({ cause }),
  );
});

test('a row of any kind, place and body is held, void or refused', () => {
  const word = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.constantFrom('', '__proto__', 'toString', 'label.', '.', '|'),
  );
  const row = fc.record({
    kind: fc.oneof(fc.constantFrom(...ALL_KINDS), word),
    id: word,
    group: word,
    origin: word,
    hlc: fc.maxSafeNat(),
    epoch: fc.maxSafeNat(),
    seq: fc.maxSafeNat(),
    body: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(encode({})), fc.constant(encode(null))),
    sig: fc.uint8Array({ minLength: 64, maxLength: 64 }),
  });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      const table = createTable();
      for (const one of rows)
        expect(['held', 'known', 'void', 'refused']).toContain(mergeRow(table, one).outcome);
    }),
    { numRuns: RUNS },
  );
});

const print = fc.tuple(fc.nat(), fc.nat());
const messages: fc.Arbitrary<Message> = fc.oneof(
  wildRows(ALL_KINDS, 3).map((rows): Message => ({ type: 'rows', how: 'flood', rows })),
  fc.array(fc.nat()).map((seqs): Message => ({ type: 'stored', epoch: 1, seqs })),
  fc
    .uint32Array({ minLength: 512, maxLength: 512 })
    .map((buckets): Message => ({ type: 'buckets', buckets })),
  fc.array(print).map((prints): Message => ({ type: 'held', buckets: [{ bucket: 7, prints }] })),
  fc.array(print).map((prints): Message => ({ type: 'want', prints })),
  fc.nat().map((token): Message => ({ type: 'ping', token })),
);

/** Bytes with a few of them overwritten, and cut or lengthened. */
const mutated = (bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      bytes,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      fc.nat(),
      fc.boolean(),
    )
    .map(([source, writes, length, isCut]) => {
      const out = isCut ? source.slice(0, length % (source.length + 1)) : source.slice();
      for (const [at, value] of writes) if (out.length > 0) out[at % out.length] = value;
      return out;
    });

const garbage = fc.uint8Array({ maxLength: 300 });

test('a message comes back as it was sent', () => {
  fc.assert(
    fc.property(messages, (message) => {
      expect(decodeMessage(encodeMessage(message), LIMITS)).toEqual({ message });
    }),
    { numRuns: RUNS / 5 },
  );
});

test('bytes that are no message are an answer, not an exception', () => {
  fc.assert(
    fc.property(fc.oneof(garbage, mutated(messages.map(encodeMessage))), (bytes) => {
      const decoded = decodeMessage(bytes, LIMITS);
      expect(Object.keys(decoded)).toHaveLength(1);
    }),
    { numRuns: RUNS },
  );
});

test('a message over its limit is refused unread', () => {
  const bytes = encodeMessage({ type: 'ping', token: 1 });
  expect(decodeMessage(bytes, { ...LIMITS, maxMessageBytes: bytes.length - 1 })).toHaveProperty('error');
});

test('a stored row comes back, spoilt bytes are refused with a plain Error', () => {
  const rows: fc.Arbitrary<Row> = wildRows(ALL_KINDS, 1).map(([row]) => row!);
  fc.assert(
    fc.property(rows, mutated(rows.map(encodeRow)), garbage, (row, spoiltBytes, other) => {
      expect(decodeRow(encodeRow(row), LIMITS.maxBodyBytes)).toEqual(row);
      for (const bytes of [spoiltBytes, other]) {
        try {
          decodeRow(bytes, LIMITS.maxBodyBytes);
        } catch (error) {
          // An Error of a language rule (TypeError, RangeError ...) would mean that validation was slipped past.
          expect([Error, ShapeError]).toContain(Object.getPrototypeOf(error).constructor);
        }
      }
    }),
    { numRuns: RUNS },
  );
});
