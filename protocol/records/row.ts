/** The unit of wire and store: one field group of one object, written and signed by one host (rules R1, R2). */
import type { HostId } from '../identity.ts';
import type { Hlc } from '../time.ts';

/**
 * id and group hold no '/'. `epoch` and `seq` order everything one origin ever wrote; `hlc` orders operators' writes
 * of different origins. `body` is msgpack, kept as the bytes that were signed, so that unknown kinds and fields of a
 * newer version pass through unchanged.
 */
export interface Row {
  kind: string;
  id: string;
  group: string;
  origin: HostId;
  hlc: Hlc;
  epoch: number;
  seq: number;
  body: Uint8Array;
  sig: Uint8Array;
}

/** `kind/id/group/origin`: each origin has its own row, so nothing of anybody is ever overwritten by another. */
export type RowKey = string;

export const rowKey = (row: Pick<Row, 'kind' | 'id' | 'group' | 'origin'>): RowKey =>
  `${row.kind}/${row.id}/${row.group}/${row.origin}`;

/** Order among rows of one key for records a host writes about itself: never by clock (rule R5). */
export const ownerOrder = (a: Row, b: Row): number => a.epoch - b.epoch || a.seq - b.seq || sigOrder(a, b);

/** Order among rows of one key for what operators write: the stamp first, as readers compare origins by it too. */
export const operatorOrder = (a: Row, b: Row): number => a.hlc - b.hlc || ownerOrder(a, b);

/** Last resort when one origin signed two rows with one number (a cloned disk, a hostile host): still total. */
function sigOrder(a: Row, b: Row): number {
  for (let i = 0; i < 64; i++) {
    const difference = (a.sig[i] ?? 0) - (b.sig[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
