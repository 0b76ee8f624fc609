/** NS of the zone: every agent answers for all of it, so each names itself. */
import { encodePrefix } from '../name.ts';
import { addressBytes } from './a.ts';
import type { RecordType } from './record-type.ts';

export const NAMESERVER = 'ns';

export const ns: RecordType = {
  code: 2,
  name: 'NS',
  records(zone, subject) {
    if (subject.kind !== 'apex') return [];
    const addresses = addressBytes(zone.hosts.get(zone.self)?.address);
    return [
      {
        parts: [{ prefix: encodePrefix(NAMESERVER) }],
        text: `${NAMESERVER}.${zone.domain}.`,
        glue: { at: 0, addresses },
      },
    ];
  },
};
