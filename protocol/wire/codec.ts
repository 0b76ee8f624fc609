/**
 * The one codec of wire, disk and signatures: MessagePack of plain data (null, booleans, numbers, strings, Uint8Array,
 * arrays, objects). `encode` is canonical, so that a signature made over it can be checked after any round trip.
 */
import { Packr, Unpackr } from 'msgpackr';

/** No records or shared structures: two hosts must never need a common history to understand one another. */
const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, int64AsType: 'number', copyBuffers: true });

const MAX_DEPTH = 64;

/** Keys in one order whatever the order of writing, undefined fields left out. Throws a TypeError on anything not plain. */
export function encode(value: unknown): Uint8Array {
  // A copy: msgpackr hands out slices of a large shared pool, which a kept record would hold on to.
  return new Uint8Array(packr.pack(canonical(value, 0)));
}

/** Plain data or a plain Error, never anything else: extension types, `__proto__` keys and trailing bytes are refused. */
export function decode(bytes: Uint8Array): unknown {
  const end = skipValue(bytes, 0, 0);
  if (end !== bytes.length)
    throw new Error(end > bytes.length ? 'message is cut short' : 'message has trailing bytes');
  return unpackr.unpack(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function canonical(value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (value instanceof Uint8Array) return value;
  if (depth >= MAX_DEPTH) throw new TypeError('cannot encode data nested this deeply');
  if (Array.isArray(value)) return canonicalItems(value, depth);
  if (!isPlainObject(value)) throw new TypeError(`cannot encode ${typeof value}: only plain data travels`);
  return sortKeys(value, depth);
}

function canonicalItems(items: unknown[], depth: number): unknown[] {
  const out = items.map((item) => canonical(item, depth + 1));
  return out.some((item, i) => item !== items[i]) ? out : items;
}

/** The object itself when it is canonical already (the common case: no copy), else a sorted copy. */
function sortKeys(source: Record<string, unknown>, depth: number): Record<string, unknown> {
  const keys = Object.keys(source);
  let changed = false;
  const fields = keys.map((key, i) => {
    // `decode` refuses this key everywhere, so it must not get into anything stored or sent.
    const absent = source[key] === undefined || key === '__proto__';
    const field = absent ? undefined : canonical(source[key], depth + 1);
    changed ||= field === undefined || field !== source[key] || (i > 0 && key < keys[i - 1]!);
    return field;
  });
  if (!changed) return source;
  const sorted: Record<string, unknown> = {};
  const order = keys.map((_, i) => i).sort((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  for (const i of order) if (fields[i] !== undefined) sorted[keys[i]!] = fields[i];
  return sorted;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Walks over one value before msgpackr sees it and returns the offset behind it. msgpackr alone would run extension
 * types (regular expressions, errors, compiled records) and allocate whatever length an attacker writes.
 */
function skipValue(bytes: Uint8Array, at: number, depth: number): number {
  const tag = bytes[at];
  if (tag === undefined) throw new Error('message is cut short');
  if (depth > MAX_DEPTH) throw new Error('message is nested too deeply');
  if (tag <= 0x7f || tag >= 0xe0) return at + 1;
  if (tag <= 0x8f) return skipMap(bytes, at + 1, tag & 0x0f, depth);
  if (tag <= 0x9f) return skipItems(bytes, at + 1, tag & 0x0f, depth);
  if (tag <= 0xbf) return at + 1 + (tag & 0x1f);
  const fixed = FIXED_SIZES.get(tag);
  if (fixed !== undefined) return at + fixed;
  const sized = LENGTH_BYTES.get(tag);
  if (sized === undefined)
    throw new Error(`message holds a type that is not plain data (0x${tag.toString(16)})`);
  const length = readLength(bytes, at + 1, sized);
  const body = at + 1 + sized;
  if (tag === 0xdc || tag === 0xdd) return skipItems(bytes, body, length, depth);
  if (tag === 0xde || tag === 0xdf) return skipMap(bytes, body, length, depth);
  return body + length;
}

/** nil, false, true, float32, float64, uint8..64, int8..64 with their whole size in bytes. */
const FIXED_SIZES = new Map([
  [0xc0, 1],
  [0xc2, 1],
  [0xc3, 1],
  [0xca, 5],
  [0xcb, 9],
  [0xcc, 2],
  [0xcd, 3],
  [0xce, 5],
  [0xcf, 9],
  [0xd0, 2],
  [0xd1, 3],
  [0xd2, 5],
  [0xd3, 9],
]);

/** bin, str, array, map with the size of the length field that follows the tag. */
const LENGTH_BYTES = new Map([
  [0xc4, 1],
  [0xc5, 2],
  [0xc6, 4],
  [0xd9, 1],
  [0xda, 2],
  [0xdb, 4],
  [0xdc, 2],
  [0xdd, 4],
  [0xde, 2],
  [0xdf, 4],
]);

function readLength(bytes: Uint8Array, at: number, size: number): number {
  let length = 0;
  for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + i] ?? 0);
  return length;
}

function skipItems(bytes: Uint8Array, at: number, count: number, depth: number): number {
  let offset = at;
  for (let i = 0; i < count; i++) offset = skipValue(bytes, offset, depth + 1);
  return offset;
}

function skipMap(bytes: Uint8Array, at: number, count: number, depth: number): number {
  let offset = at;
  for (let i = 0; i < count; i++) {
    const tag = bytes[offset];
    if (tag === undefined) throw new Error('message is cut short');
    const isString = (tag >= 0xa0 && tag <= 0xbf) || (tag >= 0xd9 && tag <= 0xdb);
    if (!isString) throw new Error('message holds a map key that is no string');
    const end = skipValue(bytes, offset, depth + 1);
    if (endsWithProto(bytes, end, end - offset)) throw new Error('message holds the key __proto__');
    offset = skipValue(bytes, end, depth + 1);
  }
  return offset;
}

const PROTO = [...'__proto__'].map((letter) => letter.charCodeAt(0));

/** Whether a key of `size` bytes (tag and length included) that ends at `end` is `__proto__`. */
function endsWithProto(bytes: Uint8Array, end: number, size: number): boolean {
  const header = size - PROTO.length;
  if (header !== 1 && header !== 2 && header !== 3 && header !== 5) return false;
  return PROTO.every((code, i) => bytes[end - PROTO.length + i] === code);
}
