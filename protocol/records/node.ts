/** What operators say of a host: availability, labels that bind it, removal. One field group each. */
import { entriesOf, entriesOfOrigin, type Table } from '../crdt/table.ts';
import type { HostId } from '../identity.ts';
import { object, optional, text } from '../wire/shape.ts';
import type { Entry, RecordKind } from './kind.ts';
import { isLabelGroup } from './label.ts';

export const MAX_LABEL_LENGTH = 1_024;

/** `value` absent: the label was taken away. */
const parse = object({ value: optional(text(MAX_LABEL_LENGTH)) });
export type NodeBody = ReturnType<typeof parse>;

export const node: RecordKind<NodeBody> = {
  writer: 'operator',
  retention: 'disk',
  parse,
  mayWrite: (_id, group) => group === 'availability' || group === 'removed' || isLabelGroup(group),
  affects: (entry, table) => (entry.row.group === 'removed' ? rowsOfAndAbout(table, entry.row.id) : []),
};

const rowsOfAndAbout = (table: Table, host: HostId): Entry[] => [
  ...entriesOfOrigin(table, host),
  ...entriesOf(table, 'alert', host),
  ...entriesOf(table, 'probe', host),
];
