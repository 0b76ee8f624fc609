/** PTR: the name of a host's address, and on that host of its containers' addresses. */
import { encodePrefix } from '../name.ts';
import type { RecordType } from './record-type.ts';

export const ptr: RecordType = {
  code: 12,
  name: 'PTR',
  records: (zone, subject) =>
    subject.kind === 'reverse'
      ? [{ parts: [{ prefix: encodePrefix(subject.name) }], text: `${subject.name}.${zone.domain}.` }]
      : [],
};
