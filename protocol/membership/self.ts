/** This host's own rows about itself: certificate, facts, incarnation. */
import { ownerBody } from '../crdt/table.ts';
import { writeRow } from '../gossip/write.ts';
import type { HostBody } from '../records/host.ts';
import type { State } from '../state.ts';
import { sameValue } from '../wire/same.ts';

/** Publishes the certificate and the host record if they say anything new. */
export function publishSelf(state: State): void {
  const held = ownerBody(state.table, 'member', state.self, 'chain');
  if (!sameValue(held?.chain, state.identity.chain)) {
    writeRow(state, 'member', state.self, 'chain', { chain: state.identity.chain });
  }
  publishHost(state);
}

export function publishHost(state: State): void {
  const held = ownerBody(state.table, 'host', state.self, 'self');
  const body = describeHost(state, held);
  if (!sameValue(held, body)) writeRow(state, 'host', state.self, 'self', body);
}

function describeHost(state: State, held: HostBody | undefined): HostBody {
  const { engine } = state.local;
  return {
    ...state.facts,
    incarnation: state.membership.incarnation,
    // While the engine is away its last facts stay: claims are judged by its start id.
    engineStart: engine?.startId ?? held?.engineStart ?? '',
    engineKind: engine?.kind ?? 'none',
    engineVersion: engine?.version ?? held?.engineVersion ?? '',
    os: engine?.os ?? held?.os ?? '',
    arch: engine?.arch ?? held?.arch ?? '',
    memoryBytes: engine?.memoryBytes ?? held?.memoryBytes ?? 0,
    nanoCpus: engine?.nanoCpus ?? held?.nanoCpus ?? 0,
    left: held?.left ?? false,
  };
}

/** Takes a higher epoch: everything this host said of itself must be said again under it (rule R5). */
export function republishOwn(state: State, epoch: number): void {
  state.meta.epoch = epoch;
  state.out.metaChanged = true;
  const host = describeHost(state, ownerBody(state.table, 'host', state.self, 'self'));
  const chain = { chain: state.identity.chain };
  const claims = [...(state.table.byOrigin.get(state.self) ?? [])]
    .map((key) => state.table.rows.get(key))
    .filter((row) => row?.kind === 'claim');
  writeRow(state, 'member', state.self, 'chain', chain);
  writeRow(state, 'host', state.self, 'self', host);
  for (const row of claims) {
    const body = row && ownerBody(state.table, 'claim', row.id, row.group, state.self);
    if (row && body) writeRow(state, 'claim', row.id, row.group, body);
  }
}
