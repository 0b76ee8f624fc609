import { encode } from './codec.ts';

/** Equal as plain data, whatever the order of keys: what is written to rows is compared as it would be signed. */
export function sameValue(a: unknown, b: unknown): boolean {
  const left = encode(a ?? null);
  const right = encode(b ?? null);
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
