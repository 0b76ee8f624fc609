/** SOA: stands in every negative answer and bounds how long a resolver may hold it. */
import { encodePrefix } from '../name.ts';
import { TTL_SECONDS } from '../record.ts';
import { NAMESERVER } from './ns.ts';
import type { RecordType } from './record-type.ts';

const MAILBOX = 'hostmaster';
/** Nobody transfers this zone: only the last of these, the negative TTL, has an effect. */
const TIMERS = [60, 10, 600, TTL_SECONDS];

export const soa: RecordType = {
  code: 6,
  name: 'SOA',
  records(zone, subject) {
    if (subject.kind !== 'apex') return [];
    const numbers = [zone.serial, ...TIMERS];
    const bytes = numbers.flatMap((number) => [number >>> 24, number >>> 16, number >>> 8, number]);
    const names = [{ prefix: encodePrefix(NAMESERVER) }, { prefix: encodePrefix(MAILBOX) }];
    const text = `${NAMESERVER}.${zone.domain}. ${MAILBOX}.${zone.domain}. ${numbers.join(' ')}`;
    return [{ parts: [...names, Uint8Array.from(bytes)], text }];
  },
};
