/** The one way in which this host writes a row: stamped, signed, merged here, persisted, then flooded. */
import type { Tunables } from '../config.ts';
import { mergeRow } from '../crdt/merge.ts';
import { type Bodies, KINDS, type Kind } from '../records/index.ts';
import { rowKey } from '../records/row.ts';
import { signRow } from '../records/sign.ts';
import { log, type State } from '../state.ts';
import { hlcTick } from '../time.ts';
import { encode } from '../wire/codec.ts';
import { MAX_NAME } from '../wire/validate.ts';
import { noteChange, queuePersist, queueRemove } from './apply.ts';

/**
 * `body` must satisfy its kind: it is parsed like anybody else's. While the store refuses to persist nothing is
 * written at all: what is not on disk must not leave this host (rule R8).
 */
export function writeRow<K extends Kind>(
  state: State,
  kind: K,
  id: string,
  group: string,
  body: Bodies[K],
): void {
  if (state.commands.readOnly !== null) return;
  // What a host says of itself is ordered by (epoch, sequence): a clock that is wrong for a moment must not push stamps.
  if (KINDS[kind].writer === 'operator') state.meta.hlc = hlcTick(state.meta.hlc, state.wall);
  writeAt(state, kind, id, group, body);
}

/** Several rows of one command share one stamp: their groups then belong together. */
export function writeAt<K extends Kind>(
  state: State,
  kind: K,
  id: string,
  group: string,
  body: Bodies[K],
): void {
  const misfit = rowMisfit(state.config.tunables, group, body);
  if (misfit) return log(state, 'error', `own ${kind} row not written: ${misfit}`, { id, group });
  state.meta.seq += 1;
  const { epoch, seq, hlc } = state.meta;
  const unsigned = { kind, id, group, origin: state.self, hlc, epoch, seq, body: encode(body) };
  const row = signRow(state.crypto, state.identity.mesh, unsigned);
  const result = mergeRow(state.table, row);
  if (result.outcome === 'refused') throw new Error(`own ${kind} row refused: ${result.why}`);
  if (result.outcome !== 'known') for (const dropped of result.dropped) queueRemove(state, dropped);
  if (result.outcome === 'held') queuePersist(state, row);
  state.out.metaChanged = true;
  state.gossip.outbox.set(rowKey(row), row);
  noteChange(state, row);
}

/** Why no other host would take such a row, nor any message that it is in; null when it fits. */
export function rowMisfit({ maxBodyBytes }: Tunables, group: string, body: unknown): string | null {
  if (group.length > MAX_NAME) return `the name '${group.slice(0, 40)}…' is over ${MAX_NAME} characters`;
  const { length } = encode(body);
  return length > maxBodyBytes ? `${group} has ${length} bytes, at most ${maxBodyBytes} fit` : null;
}
