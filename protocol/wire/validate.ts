/** Untrusted bytes -> message, or one line that says why not. Nothing beyond this file meets unchecked data. */
import type { Row } from '../records/row.ts';
import { decode, encode } from './codec.ts';
import type { Fingerprint, Message } from './message.ts';
import { WIRE_VERSION } from './message.ts';
import { bytes, type Check, integer, list, object, oneOf, pair, ShapeError, text } from './shape.ts';

const word = integer(0, 0xffffffff);
const fingerprint: Check<Fingerprint> = pair(word, word);
/** Longest kind, id, group or origin of a row. */
export const MAX_NAME = 300;
const noSlash: Check<string> = (value, path) => {
  const name = text(MAX_NAME)(value, path);
  if (name.includes('/') || name === '') throw new ShapeError(`${path}: expected text without '/'`);
  return name;
};

const MAX_ROWS = 20_000;
const BUCKET_BYTES = 2048;

/** Rows travel and are stored as lists: about 60 bytes less than with names. */
type PackedRow = [string, string, string, string, number, number, number, Uint8Array, Uint8Array];

const packRow = (row: Row): PackedRow => [
  row.kind,
  row.id,
  row.group,
  row.origin,
  row.hlc,
  row.epoch,
  row.seq,
  row.body,
  row.sig,
];

const rowCheck =
  (maxBodyBytes: number): Check<Row> =>
  (value, path) => {
    if (!Array.isArray(value) || value.length !== 9)
      throw new ShapeError(`${path}: expected a row of 9 fields`);
    return {
      kind: noSlash(value[0], `${path}.kind`),
      id: noSlash(value[1], `${path}.id`),
      group: noSlash(value[2], `${path}.group`),
      origin: noSlash(value[3], `${path}.origin`),
      hlc: integer()(value[4], `${path}.hlc`),
      epoch: integer()(value[5], `${path}.epoch`),
      seq: integer()(value[6], `${path}.seq`),
      body: bytes(0, maxBodyBytes)(value[7], `${path}.body`),
      sig: bytes(64, 64)(value[8], `${path}.sig`),
    };
  };

export const encodeRow = (row: Row): Uint8Array => encode(packRow(row));

/** Throws ShapeError or a decoding error. */
export const decodeRow = (stored: Uint8Array, maxBodyBytes: number): Row =>
  rowCheck(maxBodyBytes)(decode(stored), 'row');

export function encodeMessage(message: Message): Uint8Array {
  switch (message.type) {
    case 'rows':
      return encode([WIRE_VERSION, 'rows', message.how, message.rows.map((row) => packRow(row))]);
    case 'stored':
      return encode([WIRE_VERSION, 'stored', message.epoch, message.seqs]);
    case 'buckets':
      return encode([WIRE_VERSION, 'buckets', bucketBytes(message.buckets)]);
    case 'held':
      return encode([WIRE_VERSION, 'held', message.buckets]);
    case 'want':
      return encode([WIRE_VERSION, 'want', message.prints]);
    case 'ping':
    case 'pong':
      return encode([WIRE_VERSION, message.type, message.token]);
  }
}

type Decoded = { message: Message } | { ignored: string } | { error: string };

/** Never throws: garbage is an `error`, a type or version of the future is `ignored`. */
export function decodeMessage(
  data: Uint8Array,
  limits: { maxMessageBytes: number; maxBodyBytes: number },
): Decoded {
  if (data.length > limits.maxMessageBytes)
    return { error: `message of ${data.length} bytes is over the limit` };
  try {
    const parts = decode(data);
    if (!Array.isArray(parts)) return { error: 'message is not a list' };
    if (parts[0] !== WIRE_VERSION) return { ignored: `wire version ${String(parts[0])}` };
    return readMessage(parts, limits.maxBodyBytes);
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'unreadable message' };
  }
}

function readMessage(parts: unknown[], maxBodyBytes: number): Decoded {
  switch (parts[1]) {
    case 'rows': {
      const how = oneOf('flood', 'repair')(parts[2], 'how');
      return {
        message: { type: 'rows', how, rows: list(rowCheck(maxBodyBytes), MAX_ROWS)(parts[3], 'rows') },
      };
    }
    case 'stored': {
      const seqs = list(integer(), MAX_ROWS)(parts[3], 'seqs');
      return { message: { type: 'stored', epoch: integer()(parts[2], 'epoch'), seqs } };
    }
    case 'buckets':
      return { message: { type: 'buckets', buckets: readBuckets(parts[2]) } };
    case 'held':
      return { message: { type: 'held', buckets: list(heldBucket, 256)(parts[2], 'buckets') } };
    case 'want':
      return { message: { type: 'want', prints: list(fingerprint, MAX_ROWS)(parts[2], 'prints') } };
    case 'ping':
      return { message: { type: 'ping', token: integer()(parts[2], 'token') } };
    case 'pong':
      return { message: { type: 'pong', token: integer()(parts[2], 'token') } };
    default:
      return { ignored: `message type ${String(parts[1])}` };
  }
}

const heldBucket = object({ bucket: integer(0, 255), prints: list(fingerprint, MAX_ROWS) });

function bucketBytes(buckets: Uint32Array): Uint8Array {
  const out = new Uint8Array(BUCKET_BYTES);
  const view = new DataView(out.buffer);
  for (const [i, value] of buckets.entries()) view.setUint32(i * 4, value);
  return out;
}

function readBuckets(value: unknown): Uint32Array {
  const data = bytes(BUCKET_BYTES, BUCKET_BYTES)(value, 'buckets');
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Uint32Array.from({ length: BUCKET_BYTES / 4 }, (_, i) => view.getUint32(i * 4));
}
