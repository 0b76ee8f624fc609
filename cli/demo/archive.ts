/** A tar archive (ustar) of a few files, written as it is read: no copy on the disk and no tar command needed. */
import { createReadStream, statSync } from 'node:fs';

export interface Packed {
  /** in the archive, without a leading slash; at most 100 bytes */
  path: string;
  /** on this machine */
  source: string;
  mode: number;
}

const BLOCK = 512;

export async function* archive(files: readonly Packed[]): AsyncGenerator<Uint8Array> {
  for (const { path, source, mode } of files) {
    const { size } = statSync(source);
    yield header(path, mode, size);
    yield* createReadStream(source, { highWaterMark: 1 << 20, end: Math.max(0, size - 1) });
    yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
  }
  yield Buffer.alloc(2 * BLOCK);
}

const header = (path: string, mode: number, size: number): Buffer => {
  if (Buffer.byteLength(path) > 100) throw new Error(`${path} is too long for an archive's header`);
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), at);
  };
  block.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  // the sum is taken with its own field full of spaces
  block.fill(' ', 148, 156);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
};
