/**
 * Counts how often runs reach states that are rare and hard: what no run reaches, no run has tested. A long run in which
 * one of them stays at zero fails and names it.
 */
import type { Batch } from '../agent/loop.ts';
import type { HostId } from '../protocol/identity.ts';
import { KINDS } from '../protocol/records/index.ts';
import type { Row } from '../protocol/records/row.ts';
import { decode } from '../protocol/wire/codec.ts';
import type { World } from './world.ts';

/** What logs of the core say when it happens, and the notes of claims. */
const BY_LOG: Record<string, string> = {
  'refuted an accusation': 'suspicion refuted',
  'heard own rows of a life whose store was lost: publishing anew': 'own rows of a lost life heard',
  'row held aside: its stamp is too far ahead of this clock': 'row held aside',
  'the store refuses to persist: this host is read-only': 'read-only until the store works',
  'container engine does not answer': 'engine outage',
};
const BY_NOTE: Record<string, string> = {
  'crash loop': 'quarantine',
  'starts again after a restart': 'own slot resumed after a restart',
  'taken over while': 'own slot taken over while away',
  'a newer version': 'old version released',
  'won, then refused': 'won, then refused at start',
  'bid of an earlier life': 'bid of an earlier life released',
};

/** What a look at the mesh finds, and what faults do. */
const BY_LOOK = [
  'orphan adopted',
  'duplicate container healed',
  'mass grace',
  'endpoint found dead',
  'host suspected',
  'agent seen down',
  'main loop seen stalled',
  'rows repaired',
  'losing claim dropped',
  'unknown kind held',
  'crash before a persist',
  'crash middle a persist',
  'crash after a persist',
  'store lost',
  'old snapshot restored',
  'rows missing from a store',
  'host left',
  'host removed',
  'host joined later',
];

export const RARE: readonly string[] = [...Object.values(BY_LOG), ...Object.values(BY_NOTE), ...BY_LOOK];

/** Those that none of these runs has reached. */
export const unreached = (counters: Record<string, number>): string[] =>
  RARE.filter((name) => (counters[name] ?? 0) === 0);

export const countRare = (world: World, name: string): void =>
  void world.counters.set(name, (world.counters.get(name) ?? 0) + 1);

export function countLog(world: World, text: string): void {
  const name = BY_LOG[text];
  if (name) countRare(world, name);
}

/** A host's own claims as they are written and dropped. */
export function countBatch(world: World, self: HostId, { put, remove }: Batch): void {
  for (const row of put) if (row.kind === 'claim' && row.origin === self) countNote(world, row);
  if (remove.some((key) => key.startsWith('claim/') && key.endsWith(`/${self}`)))
    countRare(world, 'losing claim dropped');
}

function countNote(world: World, row: Row): void {
  const { note, score, container } = KINDS.claim.parse(decode(row.body), '');
  // Who bids always scores something.
  if (score === 0 && container !== null) countRare(world, 'orphan adopted');
  for (const [start, name] of Object.entries(BY_NOTE)) if (note.startsWith(start)) countRare(world, name);
}
