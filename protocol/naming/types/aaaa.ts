/** AAAA: the mesh speaks IPv4, so only the loopback has one; all other names answer "no data", never "no name". */
import type { RecordType } from './record-type.ts';

const LOOPBACK = { parts: [Uint8Array.of(...new Uint8Array(15), 1)], text: '::1' };

export const aaaa: RecordType = {
  code: 28,
  name: 'AAAA',
  records: (_zone, subject) => (subject.kind === 'loopback' ? [LOOPBACK] : []),
};
