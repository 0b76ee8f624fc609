import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encode } from '../../../protocol/wire/codec.ts';

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc
      .dictionary(
        fc.string({ unit: 'grapheme' }).filter((key) => key !== '__proto__'),
        tie('value'),
      )
      .map((o) => ({ ...o })),
  ),
})).value;

test('what is encoded comes back', () => {
  fc.assert(
    fc.property(plain, (value) => {
      expect(decode(encode(value))).toEqual(value);
    }),
    { numRuns: 300 },
  );
});

test('the order of writing does not show, undefined fields are left out', () => {
  const one = encode({ b: 1, a: { d: [1], c: 'x' }, 10: 1, 9: 2, gone: undefined });
  const two = encode({ 9: 2, 10: 1, a: { c: 'x', d: [1] }, b: 1 });
  expect(one).toEqual(two);
});

test('garbage is refused with an Error and never anything worse', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decode(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a cut message is refused at every length', () => {
  const bytes = encode({
    name: 'web',
    list: [1, 2, 70_000, 'text', new Uint8Array(40)],
    at: Date.UTC(2026, 1),
  });
  for (let length = 0; length < bytes.length; length++)
    expect(() => decode(bytes.subarray(0, length))).toThrow(/cut short/);
  expect(() => decode(new Uint8Array([...bytes, 0]))).toThrow(/trailing/);
});

test('extension types, records, huge lengths and __proto__ are refused', () => {
  const key = [...'__proto__'].map((c) => c.charCodeAt(0));
  const bad = [
    [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 1],
    [0xd6, 0xff, 0, 0, 0, 0],
    [0xc7, 1, 0x78, 0],
    [0xdd, 0xff, 0xff, 0xff, 0xff],
    [0xdf, 0xff, 0xff, 0xff, 0xff],
    [0xc6, 0xff, 0xff, 0xff, 0xff],
    [0x81, 0xa9, ...key, 0x80],
    [0x81, 0xd9, 9, ...key, 0x80],
    [0x81, 0xda, 0, 9, ...key, 0x80],
    [0x81, 0xdb, 0, 0, 0, 9, ...key, 0x80],
    [0x81, 1, 1],
    [0xc1],
    Array.from({ length: 1000 }, () => 0x91),
  ];
  for (const bytes of bad) expect(() => decode(new Uint8Array(bytes))).toThrow(Error);
  expect(Object.keys({})).toEqual([]);
});

test('a key __proto__ of the source does not get into the bytes', () => {
  const source: unknown = JSON.parse('{"b":1,"__proto__":{"x":1},"a":2}');
  expect(decode(encode(source))).toEqual({ a: 2, b: 1 });
});

test('only plain data is encoded', () => {
  for (const value of [undefined, () => 1, new Map(), new Date(), 1n, Symbol('x')]) {
    expect(() => encode(value)).toThrow(TypeError);
  }
});
