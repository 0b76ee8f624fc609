/** What a DNS type has to say for itself; the registry of types is `index.ts`. */
import type { Subject } from '../owners.ts';
import type { ZoneRecord } from '../record.ts';
import type { Zone } from '../zone.ts';

export interface RecordType {
  /** number of the type in questions and records (IANA), and its usual name */
  readonly code: number;
  readonly name: string;
  /** Records of this type at a subject; near: the asker is on the answering host. None: `[]`. */
  records(zone: Zone, subject: Subject, near: boolean): ZoneRecord[];
}
