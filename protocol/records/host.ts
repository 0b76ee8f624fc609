/** What a host says of itself. Its incarnation voids every accusation of an older one (refutation). */
import { entriesOf } from '../crdt/table.ts';
import { dictionary, flag, integer, object, text } from '../wire/shape.ts';
import type { Entry, RecordKind } from './kind.ts';

const parse = object({
  name: text(253),
  address: text(253),
  port: integer(0, 65535),
  labels: dictionary(text(), 200),
  incarnation: integer(),
  /** changes with every boot of the machine and every start of the engine (rule C4) */
  boot: text(200),
  engineStart: text(200),
  engineKind: text(20),
  engineVersion: text(100),
  os: text(40),
  arch: text(40),
  memoryBytes: integer(),
  nanoCpus: integer(),
  version: text(40),
  left: flag,
});
export type HostBody = ReturnType<typeof parse>;

export const host: RecordKind<HostBody> = {
  writer: 'owner',
  retention: 'disk',
  parse,
  mayWrite: (id, group, origin) => id === origin && group === 'self',
  affects: (entry, table): Entry[] => [
    ...entriesOf(table, 'alert', entry.row.id),
    ...entriesOf(table, 'probe', entry.row.id),
  ],
};
