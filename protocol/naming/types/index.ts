/**
 * The DNS types we answer with. To add one: a file beside this one that exports a `RecordType`, and a line here.
 * Its records may stand at any subject of `owners.ts`; questions for a type not listed get "no data" (RFC 2308).
 */
import { a } from './a.ts';
import { aaaa } from './aaaa.ts';
import { ns } from './ns.ts';
import { ptr } from './ptr.ts';
import type { RecordType } from './record-type.ts';
import { soa } from './soa.ts';
import { srv } from './srv.ts';

export const RECORD_TYPES: readonly RecordType[] = [a, aaaa, ns, ptr, soa, srv];

const byCode = new Map(RECORD_TYPES.map((type) => [type.code, type]));

export const typeOfCode = (code: number): RecordType | undefined => byCode.get(code);

/** `a`, `SRV`; undefined for a type we never answer with. */
export const typeOfName = (name: string): RecordType | undefined =>
  RECORD_TYPES.find((type) => type.name === name.toUpperCase());
