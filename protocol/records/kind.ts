/** What a record kind declares; the registry in index.ts lists them all. */
import type { Table } from '../crdt/table.ts';
import type { HostId } from '../identity.ts';
import type { Row } from './row.ts';

export interface Entry<Body = unknown> {
  row: Row;
  body: Body;
}

export interface RecordKind<Body> {
  /** 'owner': the origin writes about itself, ordered by (epoch, seq); 'operator': last writer wins by (HLC, host) */
  writer: 'owner' | 'operator';
  /** 'memory' rows spread and repair like others but are not kept over a restart of a host that did not write them */
  retention: 'disk' | 'memory';
  /** untrusted body -> typed body, or throws ShapeError */
  parse(body: unknown, path: string): Body;
  /** an owner's row that says something of the mesh, not of its writer: it counts on when that host is removed or reborn */
  outlivesOrigin?: true;
  /** may this origin write this id and group at all? (rule: a host writes only its own rows) */
  mayWrite(id: string, group: string, origin: HostId): boolean;
  /** true when other rows held here have made this one meaningless: it is dropped, with no tombstone */
  isVoid?(entry: Entry<Body>, table: Table): boolean;
  /** rows that this new entry may have made void */
  affects?(entry: Entry<Body>, table: Table): Entry[];
}
