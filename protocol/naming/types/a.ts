/** A: IPv4 addresses of services, single tasks and hosts. */
import { pickServing } from '../endpoint.ts';
import { tasksOf } from '../owners.ts';
import type { ZoneRecord } from '../record.ts';
import { ipv4Bytes, parseIpv4 } from '../subnet.ts';
import type { RecordType } from './record-type.ts';

/** None when the text is no IPv4 address. */
export function addressBytes(address: string | undefined): Uint8Array[] {
  const number = address === undefined ? undefined : parseIpv4(address);
  return number === undefined ? [] : [ipv4Bytes(number)];
}

const addressRecords = (address: string | undefined, near = false): ZoneRecord[] =>
  addressBytes(address).map((bytes) => ({ parts: [bytes], text: bytes.join('.'), near }));

export const a: RecordType = {
  code: 1,
  name: 'A',
  records(zone, subject, near) {
    switch (subject.kind) {
      case 'service':
      case 'slot':
        return pickServing(zone, tasksOf(subject), near, (at) => addressRecords(at.address, at.near));
      case 'host':
        return subject.hosts.filter((host) => host.alive).flatMap((host) => addressRecords(host.address));
      case 'nameserver':
        return addressRecords(zone.hosts.get(zone.self)?.address);
      case 'loopback':
        return addressRecords('127.0.0.1');
      default:
        return [];
    }
  },
};
