/** The signed form of a row. Each row carries its own signature: a lone survivor of a batch must prove itself (R1). */
import type { MeshId } from '../identity.ts';
import type { Crypto } from '../trust/crypto.ts';
import { encode } from '../wire/codec.ts';
import type { Row } from './row.ts';

const DOMAIN = 'shoal row 1';

const signedBytes = (mesh: MeshId, row: Omit<Row, 'sig'>): Uint8Array =>
  encode([DOMAIN, mesh, row.kind, row.id, row.group, row.origin, row.hlc, row.epoch, row.seq, row.body]);

export const signRow = (crypto: Crypto, mesh: MeshId, row: Omit<Row, 'sig'>): Row => ({
  ...row,
  sig: crypto.sign(signedBytes(mesh, row)),
});

export const verifyRow = (crypto: Crypto, mesh: MeshId, publicKey: Uint8Array, row: Row): boolean =>
  crypto.verify(publicKey, signedBytes(mesh, row), row.sig);
