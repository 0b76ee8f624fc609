/** A host's certificate chain: lets everybody verify its rows, without asking anybody. */
import { bytes, object } from '../wire/shape.ts';
import type { RecordKind } from './kind.ts';

const parse = object({ chain: bytes(1, 32 * 1024) });
export type MemberBody = ReturnType<typeof parse>;

export const member: RecordKind<MemberBody> = {
  writer: 'owner',
  retention: 'disk',
  parse,
  mayWrite: (id, group, origin) => id === origin && group === 'chain',
};
