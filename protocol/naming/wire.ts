/**
 * DNS messages, bounded both ways: `parseQuery` reads one untrusted query, the writer fills a caller's buffer up to a
 * limit. Offsets and lengths are bytes. Nothing here throws.
 */
import { readName, skipName } from './name.ts';

export const HEADER_BYTES = 12;
export const OPT_BYTES = 11;
/** what any resolver takes without EDNS, and the size that passes every path unfragmented (RFC 9715) */
export const UDP_BYTES_MIN = 512;
export const UDP_BYTES_MAX = 1232;
export const TCP_BYTES_MAX = 65_535;

export const FLAG = {
  response: 0x8000,
  authoritative: 0x0400,
  truncated: 0x0200,
  recursionDesired: 0x0100,
  recursionAvailable: 0x0080,
  checkingDisabled: 0x0010,
} as const;
export const OPCODE_MASK = 0x7800;
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;
export type Rcode = (typeof RCODE)[keyof typeof RCODE];
export const CLASS_IN = 1;

/** Types that are part of the protocol itself; the types we answer with stand in `types/`. */
export const QTYPE = { OPT: 41, TKEY: 249, MAILA: 254, ANY: 255 } as const;

interface Edns {
  udpBytes: number;
  version: number;
  dnssecOk: boolean;
}

export interface Query {
  id: number;
  flags: number;
  /** false: the packet ends early, holds trailing bytes or a broken record; the fields below are then unset */
  wellFormed: boolean;
  questions: number;
  /** the first question: text of its name, offset behind the name, offset behind the whole question */
  name: string;
  nameEnd: number;
  questionEnd: number;
  type: number;
  class: number;
  edns: Edns | undefined;
}

export const readUint16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;

function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Undefined for what must not be answered at all: under 12 bytes, or itself a response. */
export function parseQuery(packet: Uint8Array): Query | undefined {
  if (packet.length < HEADER_BYTES) return undefined;
  const flags = readUint16(packet, 2);
  if (flags & FLAG.response) return undefined;
  const query: Query = {
    id: readUint16(packet, 0),
    flags,
    wellFormed: false,
    questions: readUint16(packet, 4),
    name: '',
    nameEnd: HEADER_BYTES,
    questionEnd: HEADER_BYTES,
    type: 0,
    class: 0,
    edns: undefined,
  };
  const end = readQuestions(packet, query);
  if (end === undefined) return query;
  query.wellFormed = readRecords(packet, end, query) === packet.length;
  return query;
}

function readQuestions(packet: Uint8Array, query: Query): number | undefined {
  let at = HEADER_BYTES;
  for (let i = 0; i < query.questions; i++) {
    const read = readName(packet, at);
    if (read === undefined || read.end + 4 > packet.length) return undefined;
    at = read.end + 4;
    if (i > 0) continue;
    query.name = read.name;
    query.nameEnd = read.end;
    query.questionEnd = at;
    query.type = readUint16(packet, read.end);
    query.class = readUint16(packet, read.end + 2);
  }
  return at;
}

/** Steps over every record and takes in the one OPT that may be among the additional ones. */
function readRecords(packet: Uint8Array, start: number, query: Query): number | undefined {
  const before = readUint16(packet, 6) + readUint16(packet, 8);
  const count = before + readUint16(packet, 10);
  let at = start;
  for (let i = 0; i < count; i++) {
    const fixed = skipName(packet, at);
    if (fixed === undefined || fixed + 10 > packet.length) return undefined;
    if (readUint16(packet, fixed) === QTYPE.OPT) {
      const misplaced = i < before || query.edns !== undefined || packet[at] !== 0;
      if (misplaced) return undefined;
      query.edns = readEdns(packet, fixed);
    }
    at = fixed + 10 + readUint16(packet, fixed + 8);
    if (at > packet.length) return undefined;
  }
  return at;
}

const readEdns = (packet: Uint8Array, fixed: number): Edns => ({
  udpBytes: readUint16(packet, fixed + 2),
  version: packet[fixed + 5]!,
  dnssecOk: (packet[fixed + 6]! & 0x80) !== 0,
});

/** A name of our zone inside record data: its labels before the domain. The writer compresses the domain. */
interface ZoneName {
  prefix: Uint8Array;
}
/** Record data in the order it is written; a name that must not be compressed is given as its bytes. */
export type Part = Uint8Array | ZoneName;

export interface Writer {
  bytes: Uint8Array;
  at: number;
  limit: number;
  /** our domain, and where the message already holds it (0: nowhere yet) */
  domain: Uint8Array;
  domainAt: number;
}

interface WrittenRecord {
  /** offset of the owner's name, which every record repeats as a pointer */
  ownerAt: number;
  type: number;
  ttlSeconds: number;
  parts: readonly Part[];
}

/** Appends one record, or nothing at all when it does not fit. Returns the offset of its data, or 0. */
export function writeRecord(writer: Writer, record: WrittenRecord): number {
  const start = writer.at;
  const domainAt = writer.domainAt;
  const dataAt = start + 12;
  if (dataAt > writer.limit || record.ownerAt > 0x3fff) return 0;
  const { bytes } = writer;
  writeUint16(bytes, start, 0xc000 | record.ownerAt);
  writeUint16(bytes, start + 2, record.type);
  writeUint16(bytes, start + 4, CLASS_IN);
  writeUint16(bytes, start + 6, record.ttlSeconds >>> 16);
  writeUint16(bytes, start + 8, record.ttlSeconds);
  writer.at = dataAt;
  if (!record.parts.every((part) => writePart(writer, part))) {
    writer.at = start;
    writer.domainAt = domainAt;
    return 0;
  }
  writeUint16(bytes, start + 10, writer.at - dataAt);
  return dataAt;
}

function writePart(writer: Writer, part: Part): boolean {
  if (part instanceof Uint8Array) return writeBytes(writer, part);
  if (!writeBytes(writer, part.prefix)) return false;
  if (writer.domainAt === 0) {
    if (writer.at <= 0x3fff) writer.domainAt = writer.at;
    return writeBytes(writer, writer.domain);
  }
  if (writer.at + 2 > writer.limit) return false;
  writeUint16(writer.bytes, writer.at, 0xc000 | writer.domainAt);
  writer.at += 2;
  return true;
}

function writeBytes(writer: Writer, bytes: Uint8Array): boolean {
  if (writer.at + bytes.length > writer.limit) return false;
  writer.bytes.set(bytes, writer.at);
  writer.at += bytes.length;
  return true;
}

/** Version 0, no options; the upper bits of the result code live here. The caller has kept OPT_BYTES free. */
export function writeOpt(writer: Writer, rcode: Rcode, dnssecOk: boolean): void {
  const { bytes, at } = writer;
  bytes.fill(0, at, at + OPT_BYTES);
  writeUint16(bytes, at + 1, QTYPE.OPT);
  writeUint16(bytes, at + 3, UDP_BYTES_MAX);
  bytes[at + 5] = rcode >>> 4;
  if (dnssecOk) bytes[at + 7] = 0x80;
  writer.at = at + OPT_BYTES;
}

interface Header {
  id: number;
  flags: number;
  rcode: Rcode;
  /** questions, answers, authority, additional */
  counts: readonly [number, number, number, number];
}

export function writeHeader(bytes: Uint8Array, header: Header): void {
  writeUint16(bytes, 0, header.id);
  writeUint16(bytes, 2, FLAG.response | header.flags | (header.rcode & 0x0f));
  for (let i = 0; i < 4; i++) writeUint16(bytes, 4 + 2 * i, header.counts[i]!);
}
