/** Rows of several origins, epochs, sequence numbers and stamps: as honest hosts write them, and as anybody might. */
import fc from 'fast-check';
import { rowFingerprint } from '../../protocol/crdt/table.ts';
import type { HostId } from '../../protocol/identity.ts';
import { hash32 } from '../../protocol/random.ts';
import { KINDS, type Kind } from '../../protocol/records/index.ts';
import { type Row, type RowKey, rowKey } from '../../protocol/records/row.ts';
import { encode } from '../../protocol/wire/codec.ts';
import { HOSTS, type KindRows, ROWS } from './bodies.ts';

export const ALL_KINDS = Object.keys(KINDS) as Kind[];

/** A row as drawn: its numbers are final only in `wild`, honest histories number it anew. */
interface Draft {
  kind: Kind;
  id: string;
  group: string;
  origin: HostId;
  epoch: number;
  seq: number;
  hlc: number;
  body: unknown;
}

const drafts = (kinds: readonly Kind[], maxLength: number): fc.Arbitrary<Draft[]> =>
  fc.array(draft(kinds), { minLength: 1, maxLength });

const draft = (kinds: readonly Kind[]): fc.Arbitrary<Draft> =>
  fc.tuple(fc.constantFrom(...kinds), fc.constantFrom(...HOSTS)).chain(([kind, origin]) => {
    const { place, body }: KindRows<unknown> = ROWS[kind];
    const numbers = { epoch: fc.integer({ min: 1, max: 2 }), seq: fc.integer({ min: 1, max: 5 }) };
    return fc
      .record({ place: place(origin), body, ...numbers, hlc: fc.integer({ min: 1, max: 5 }) })
      .map(({ place: [id, group], ...rest }) => ({ kind, id, group, origin, ...rest }));
  });

/** Anything that validates, forged numbers and contradicting words included. */
export const wildRows = (kinds: readonly Kind[], maxLength = 12): fc.Arbitrary<Row[]> =>
  drafts(kinds, maxLength).map((list) => list.map(seal));

/** What honest hosts write: their counters only rise, and earlier words are kept as `follow` says. One epoch each. */
export const honestRows = (kinds: readonly Kind[], maxLength = 12): fc.Arbitrary<Row[]> =>
  drafts(kinds, maxLength).map((list) => writeDown(list, false));

/** Honest hosts that now and then lose their store: they take a higher epoch and publish their certificate anew. */
export const honestLives = (kinds: readonly Kind[], maxLength = 12): fc.Arbitrary<Row[]> =>
  drafts(kinds, maxLength).map((list) => writeDown(list, true));

function writeDown(list: Draft[], withEpochs: boolean): Row[] {
  const written: Row[] = [];
  const last = new Map<RowKey, unknown>();
  const counters = new Map<HostId, { epoch: number; seq: number; hlc: number }>();
  const write = (draft: Draft): void => {
    const at = counters.get(draft.origin) ?? { epoch: 1, seq: 0, hlc: 0 };
    counters.set(draft.origin, at);
    if (withEpochs && draft.epoch > at.epoch) {
      at.epoch = draft.epoch;
      write({
        ...draft,
        kind: 'member',
        id: draft.origin,
        group: 'chain',
        body: { chain: new Uint8Array([at.epoch]) },
      });
    }
    at.seq += 1;
    // Clocks of hosts are apart by what was drawn, each one's own stamps only rise.
    at.hlc = Math.max(at.hlc + 1, draft.hlc);
    const before = last.get(rowKey(draft));
    const { follow }: KindRows<unknown> = ROWS[draft.kind];
    const body = before !== undefined && follow ? follow(before, draft.body) : draft.body;
    last.set(rowKey(draft), body);
    written.push(seal({ ...draft, ...at, body }));
  };
  for (const draft of list) write(draft);
  return written;
}

/** The signature stands for the content, as Ed25519's does; nobody checks it below the gossip layer. */
function seal(draft: Draft): Row {
  const { kind, id, group, origin, epoch, seq, hlc } = draft;
  const body = encode(draft.body);
  const text = JSON.stringify([kind, id, group, origin, epoch, seq, hlc, [...body]]);
  const sig = new Uint8Array(64);
  const view = new DataView(sig.buffer);
  for (let i = 0; i < 16; i++) view.setUint32(i * 4, hash32(`${i}${text}`));
  const row = { kind, id, group, origin, hlc, epoch, seq, body, sig };
  return Object.defineProperty(row, fc.toStringMethod, {
    value: () => `${describeRow(row)} ${JSON.stringify(draft.body)}`,
  });
}

/** For people: which row, and which of its versions. */
export const describeRow = (row: Row): string =>
  `${rowKey(row)} epoch ${row.epoch} seq ${row.seq} hlc ${row.hlc} #${rowFingerprint(row)[0].toString(16)}`;
