/**
 * The heartbeat datagram, version 1 (final). All integers are big-endian; 62 bytes plus 10 per relayed load,
 * never more than 160.
 *
 *   offset size
 *        0    1  version, 1
 *        1    1  type: 1 beat (periodic), 2 feeler (asks for an answer at once), 3 answer
 *        2    8  first 8 characters of the sender's id, one byte each. 41 bits only have to find the few members
 *                whose key is worth trying; the tag, made with the key of one certified pair, proves the whole id
 *       10    4  sender's epoch          \
 *       14    4  sender's agent starts    > must grow together, compared in this order: no replay
 *       18    4  counter of this start   /  (one counter for all receivers; 2^32 lasts 10 years at 13 a second)
 *       22    4  sender's incarnation
 *       26    8  digest of the sender's state
 *       34    2  age of the sender's main loop's last turn, 10 ms units, 65535 = that or more
 *       36    6  sender's wall clock, Unix ms
 *       42    4  echo: the last counter accepted from the receiver, 0 = none
 *       46    2  hold: time between accepting that one and sending this, 0.1 ms units, 65535 = too long to be of use
 *       48    5  sender's load: 10 bits CPU, 10 bits memory (thousandths), 20 bits containers
 *       53    1  n, number of relayed loads
 *       54 10*n  each: 4 bytes hash32 of the host's id (two of one hash are both left out), 5 load, 1 age in 250 ms
 *     54+10n  x  reserved: authenticated, ignored by this version, 0 bytes sent
 *      end-8  8  tag: PairMac over everything before it followed by the receiver's id in full (not sent), so that a
 *                datagram for one host cannot be replayed to another nor reflected to its sender
 */
import type { HostId } from '../identity.ts';
import type { Load } from '../load.ts';
import { hash32 } from '../random.ts';
import type { Millis } from '../time.ts';
import type { Digest, PairMac } from './heartbeat-types.ts';

export const MAX_PACKET_BYTES = 160;
export const TAG_BYTES = 8;
const VERSION = 1;
const PREFIX_LENGTH = 8;
const RELAYS_OFFSET = 54;
const RELAY_BYTES = 10;
const MIN_PACKET_BYTES = RELAYS_OFFSET + TAG_BYTES;
const RELAY_AGE_UNIT_MS = 250;
const MAX_U16 = 0xffff;
const MAX_U32 = 0xffffffff;

const TYPES = ['beat', 'feeler', 'answer'] as const;
export type PacketType = (typeof TYPES)[number];

export interface RelayedLoad {
  /** hash32 of the host's id */
  short: number;
  load: Load;
  ageMs: Millis;
}

export interface HeartbeatPacket {
  type: PacketType;
  /** idPrefix of the sender */
  sender: string;
  epoch: number;
  starts: number;
  counter: number;
  incarnation: number;
  digest: Digest;
  mainAgeMs: Millis;
  wall: Millis;
  echo: number;
  /** undefined: nothing to echo, or held too long to measure a round trip by */
  holdMs: Millis | undefined;
  load: Load;
  relayed: RelayedLoad[];
}

export interface OpenedPacket {
  packet: HeartbeatPacket;
  body: Uint8Array;
  tag: Uint8Array;
}

/** The part of an id that travels as its sender's name. */
export const idPrefix = (host: HostId): string => host.slice(0, PREFIX_LENGTH).padEnd(PREFIX_LENGTH, '\0');
/** The part of an id that travels with a relayed load. */
export const idShort = (host: HostId): number => hash32(host);

/** The datagram for one receiver; undefined when there is no key for it. */
export function sealPacket(packet: HeartbeatPacket, receiver: HostId, mac: PairMac): Uint8Array | undefined {
  const body = encodeBody(packet);
  const tag = mac(receiver, withReceiver(body, receiver));
  if (tag === undefined) return undefined;
  const bytes = new Uint8Array(body.length + TAG_BYTES);
  bytes.set(body);
  bytes.set(tag.subarray(0, TAG_BYTES), body.length);
  return bytes;
}

/** Whether the tag was made by `sender` for `self`; undefined: no key for that sender. */
export function isAuthentic(
  opened: OpenedPacket,
  sender: HostId,
  self: HostId,
  mac: PairMac,
): boolean | undefined {
  const expected = mac(sender, withReceiver(opened.body, self));
  if (expected === undefined) return undefined;
  let difference = 0;
  for (let i = 0; i < TAG_BYTES; i++) difference |= (expected[i] ?? 0) ^ (opened.tag[i] ?? 0);
  return difference === 0;
}

/** Untrusted bytes to a packet not yet authenticated; undefined: malformed or of an unknown version or type. */
export function openPacket(bytes: Uint8Array): OpenedPacket | undefined {
  if (bytes.length < MIN_PACKET_BYTES || bytes.length > MAX_PACKET_BYTES) return undefined;
  const body = bytes.subarray(0, bytes.length - TAG_BYTES);
  const view = viewOf(body);
  const type = TYPES[view.getUint8(1) - 1];
  const relays = view.getUint8(53);
  if (view.getUint8(0) !== VERSION || type === undefined) return undefined;
  if (RELAYS_OFFSET + relays * RELAY_BYTES > body.length) return undefined;
  return { packet: decodeBody(view, type, relays), body, tag: bytes.subarray(body.length) };
}

function encodeBody(packet: HeartbeatPacket): Uint8Array {
  const bytes = new Uint8Array(RELAYS_OFFSET + packet.relayed.length * RELAY_BYTES);
  const view = viewOf(bytes);
  bytes[0] = VERSION;
  bytes[1] = TYPES.indexOf(packet.type) + 1;
  for (let i = 0; i < PREFIX_LENGTH; i++) bytes[2 + i] = packet.sender.charCodeAt(i);
  view.setUint32(10, packet.epoch);
  view.setUint32(14, packet.starts);
  view.setUint32(18, packet.counter);
  view.setUint32(22, saturate(packet.incarnation, MAX_U32));
  view.setUint32(26, packet.digest[0]);
  view.setUint32(30, packet.digest[1]);
  view.setUint16(34, saturate(packet.mainAgeMs / 10, MAX_U16));
  const wall = saturate(packet.wall, 2 ** 48 - 1);
  view.setUint16(36, Math.floor(wall / 2 ** 32));
  view.setUint32(38, wall % 2 ** 32);
  view.setUint32(42, packet.echo);
  view.setUint16(46, packet.holdMs === undefined ? MAX_U16 : saturate(packet.holdMs * 10, MAX_U16));
  putLoad(view, 48, packet.load);
  bytes[53] = packet.relayed.length;
  packet.relayed.forEach((entry, i) => {
    const offset = RELAYS_OFFSET + i * RELAY_BYTES;
    view.setUint32(offset, entry.short);
    putLoad(view, offset + 4, entry.load);
    bytes[offset + 9] = saturate(entry.ageMs / RELAY_AGE_UNIT_MS, 0xff);
  });
  return bytes;
}

function decodeBody(view: DataView, type: PacketType, relays: number): HeartbeatPacket {
  let sender = '';
  for (let i = 0; i < PREFIX_LENGTH; i++) sender += String.fromCharCode(view.getUint8(2 + i));
  const hold = view.getUint16(46);
  const relayed = Array.from({ length: relays }, (_, i) => {
    const offset = RELAYS_OFFSET + i * RELAY_BYTES;
    const ageMs = view.getUint8(offset + 9) * RELAY_AGE_UNIT_MS;
    return { short: view.getUint32(offset), load: getLoad(view, offset + 4), ageMs };
  });
  return {
    type,
    sender,
    epoch: view.getUint32(10),
    starts: view.getUint32(14),
    counter: view.getUint32(18),
    incarnation: view.getUint32(22),
    digest: [view.getUint32(26), view.getUint32(30)],
    mainAgeMs: view.getUint16(34) * 10,
    wall: view.getUint16(36) * 2 ** 32 + view.getUint32(38),
    echo: view.getUint32(42),
    holdMs: hold === MAX_U16 ? undefined : hold / 10,
    load: getLoad(view, 48),
    relayed,
  };
}

function putLoad(view: DataView, offset: number, load: Load): void {
  const cpu = saturate(load.cpuMille, 0x3ff);
  const memory = saturate(load.memoryMille, 0x3ff);
  view.setUint8(offset, cpu >>> 2);
  view.setUint32(offset + 1, (cpu & 3) * 2 ** 30 + memory * 2 ** 20 + saturate(load.containers, 0xfffff));
}

function getLoad(view: DataView, offset: number): Load {
  const low = view.getUint32(offset + 1);
  return {
    cpuMille: view.getUint8(offset) * 4 + (low >>> 30),
    memoryMille: (low >>> 20) & 0x3ff,
    containers: low & 0xfffff,
  };
}

function withReceiver(body: Uint8Array, receiver: HostId): Uint8Array {
  const bytes = new Uint8Array(body.length + receiver.length);
  bytes.set(body);
  for (let i = 0; i < receiver.length; i++) bytes[body.length + i] = receiver.charCodeAt(i);
  return bytes;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const saturate = (value: number, max: number): number => Math.min(max, Math.max(0, Math.floor(value)));
