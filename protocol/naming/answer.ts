/**
 * One query in, one reply out: pure, bounded and total. The server sends what lies in `out`, or forwards the query,
 * or keeps silent, as the verdict says.
 */
import { find, recordSet } from './lookup.ts';
import type { Owner } from './owners.ts';
import { RECORDS_MAX, type RecordSet, TTL_SECONDS } from './record.ts';
import { a } from './types/a.ts';
import { RECORD_TYPES, typeOfCode } from './types/index.ts';
import { soa } from './types/soa.ts';
import {
  CLASS_IN,
  FLAG,
  HEADER_BYTES,
  OPCODE_MASK,
  OPT_BYTES,
  parseQuery,
  QTYPE,
  type Query,
  RCODE,
  type Rcode,
  TCP_BYTES_MAX,
  UDP_BYTES_MAX,
  UDP_BYTES_MIN,
  type Writer,
  writeHeader,
  writeOpt,
  writeRecord,
} from './wire.ts';
import { isLocal, isOfMesh, type Zone } from './zone.ts';

export type Transport = 'udp' | 'tcp';

export interface Answer {
  /**
   * reply: send `out`. drop: send nothing. forward: ask an upstream; `out` then holds a refusal, to be sent with
   * another result code when that fails.
   */
  verdict: 'reply' | 'drop' | 'forward';
  /** bytes of `out` */
  length: number;
  /** most bytes that the asker takes */
  limit: number;
}

interface Outcome {
  rcode: Rcode;
  ours: boolean;
  forward?: boolean;
  set?: RecordSet;
  type?: number;
}

/** RFC 8482: what stands for "all types", in the shape of an HINFO record. */
const HINFO = 13;
const MINIMAL_ANY: RecordSet = {
  records: [{ parts: [Uint8Array.of(7, 82, 70, 67, 56, 52, 56, 50, 0)], text: 'RFC8482' }],
  near: 0,
};

/**
 * @param packet the query, exactly as received
 * @param asker its sender's IP address
 * @param rotation any non-negative integer; a random one spreads askers over the records
 * @param out at least 512 bytes; less gives `drop`
 */
export function answer(
  packet: Uint8Array,
  transport: Transport,
  asker: string,
  zone: Zone,
  rotation: number,
  out: Uint8Array,
): Answer {
  const query = parseQuery(packet);
  const limit = Math.min(out.length, transport === 'tcp' ? TCP_BYTES_MAX : udpLimit(query));
  if (query === undefined || limit < UDP_BYTES_MIN) return { verdict: 'drop', length: 0, limit };
  const recursive = zone.recursive && isOfMesh(zone, asker);
  const near = isLocal(zone, asker);
  const outcome = resolve(query, zone, asker, near, recursive);
  const length = write(packet, query, outcome, { zone, recursive, near, rotation, out, limit });
  return { verdict: outcome.forward ? 'forward' : 'reply', length, limit };
}

const udpLimit = (query: Query | undefined): number =>
  Math.min(Math.max(query?.edns?.udpBytes ?? 0, UDP_BYTES_MIN), UDP_BYTES_MAX);

function resolve(query: Query, zone: Zone, asker: string, near: boolean, recursive: boolean): Outcome {
  const fault = faultOf(query);
  if (fault !== undefined) return { rcode: fault, ours: false };
  const found = find(zone, query.name, asker);
  switch (found.kind) {
    case 'owner':
      return { rcode: RCODE.NOERROR, ours: found.ours, ...setAt(zone, found.owner, query.type, near) };
    case 'empty':
      return { rcode: RCODE.NOERROR, ours: found.ours };
    case 'missing':
      return { rcode: RCODE.NXDOMAIN, ours: found.ours };
    case 'unloaded':
      return { rcode: RCODE.SERVFAIL, ours: false };
    case 'outside':
      // nothing is cached here, so without the wish for recursion there is nothing to say
      return {
        rcode: RCODE.REFUSED,
        ours: false,
        forward: recursive && (query.flags & FLAG.recursionDesired) !== 0,
      };
  }
}

/** What is wrong with a query whatever its name; undefined for an ordinary one. */
function faultOf(query: Query): Rcode | undefined {
  if ((query.flags & OPCODE_MASK) !== 0) return RCODE.NOTIMP;
  if (!query.wellFormed || query.questions !== 1) return RCODE.FORMERR;
  if (query.edns !== undefined && query.edns.version > 0) return RCODE.BADVERS;
  if (query.class !== CLASS_IN) return RCODE.REFUSED;
  // zone transfers and the like
  if (query.type >= QTYPE.TKEY && query.type <= QTYPE.MAILA) return RCODE.REFUSED;
  return undefined;
}

function setAt(zone: Zone, owner: Owner, code: number, near: boolean): { set?: RecordSet; type?: number } {
  if (code === QTYPE.ANY) {
    const holdsAny = RECORD_TYPES.some((type) => recordSet(zone, owner, type, near).records.length > 0);
    return holdsAny ? { set: MINIMAL_ANY, type: HINFO } : {};
  }
  const type = typeOfCode(code);
  return type === undefined ? {} : { set: recordSet(zone, owner, type, near), type: code };
}

interface Frame {
  zone: Zone;
  recursive: boolean;
  near: boolean;
  rotation: number;
  out: Uint8Array;
  limit: number;
}

function write(packet: Uint8Array, query: Query, outcome: Outcome, frame: Frame): number {
  const { zone, out } = frame;
  const asked = query.wellFormed && query.questions === 1;
  const start = asked ? query.questionEnd : HEADER_BYTES;
  out.set(packet.subarray(0, start));
  const writer: Writer = {
    bytes: out,
    at: start,
    limit: frame.limit - (query.edns ? OPT_BYTES : 0),
    domain: zone.domainWire,
    // a question in our zone ends with the domain, to which every later name can point
    domainAt: outcome.ours ? query.nameEnd - zone.domainWire.length : 0,
  };
  const { answers, glue, truncated } = writeAnswers(writer, outcome, frame);
  const authority = answers === 0 && outcome.ours && !truncated ? writeSoa(writer, zone) : 0;
  let additional = glue;
  if (query.edns !== undefined) {
    writeOpt(writer, outcome.rcode, query.edns.dnssecOk);
    additional++;
  }
  const flags =
    (query.flags & (OPCODE_MASK | FLAG.recursionDesired | FLAG.checkingDisabled)) |
    (outcome.ours ? FLAG.authoritative : 0) |
    (truncated ? FLAG.truncated : 0) |
    (frame.recursive ? FLAG.recursionAvailable : 0);
  writeHeader(out, {
    id: query.id,
    flags,
    rcode: outcome.rcode,
    counts: [asked ? 1 : 0, answers, authority, additional],
  });
  return writer.at;
}

/** As many records as fit, rotated: near ones among themselves first, then the others. */
function writeAnswers(writer: Writer, { set, type }: Outcome, frame: Frame) {
  const written = { answers: 0, glue: 0, truncated: false };
  if (set === undefined || type === undefined) return written;
  const { records, near } = set;
  const glueOwners: { ownerAt: number; addresses: Uint8Array[] }[] = [];
  const count = Math.min(records.length, RECORDS_MAX);
  for (let i = 0; i < count; i++) {
    const far = records.length - near;
    const index = i < near ? (i + frame.rotation) % near : near + ((i - near + frame.rotation) % far);
    const { parts, glue } = records[index]!;
    const dataAt = writeRecord(writer, { ownerAt: HEADER_BYTES, type, ttlSeconds: TTL_SECONDS, parts });
    if (dataAt === 0) return { ...written, truncated: true };
    written.answers++;
    if (glue !== undefined) glueOwners.push({ ownerAt: dataAt + glue.at, addresses: glue.addresses });
  }
  // addresses of the targets are a courtesy: what does not fit is left out without the truncation flag (RFC 2181)
  for (const { ownerAt, addresses } of glueOwners)
    for (const address of addresses)
      if (writeRecord(writer, { ownerAt, type: a.code, ttlSeconds: TTL_SECONDS, parts: [address] }) !== 0)
        written.glue++;
  return written;
}

function writeSoa(writer: Writer, zone: Zone): number {
  const apex = zone.nodes.get('')!.owners[0]!;
  const { parts } = recordSet(zone, apex, soa, false).records[0]!;
  const record = { ownerAt: writer.domainAt, type: soa.code, ttlSeconds: TTL_SECONDS, parts };
  return writeRecord(writer, record) === 0 ? 0 : 1;
}
