/** A line longer than this is cut in pieces, so that output without newlines cannot fill the memory. */
export const LONGEST_LINE_BYTES = 64 * 1024;
const NEWLINE = 10;

/** Splits one byte stream into lines; characters cut by a chunk's edge stay whole. */
export interface LineSplitter {
  push(chunk: Buffer): string[];
  /** bytes after the last newline, kept for the next chunk */
  pendingBytes(): number;
  /** the unfinished last line, if any */
  end(): string[];
}

export function lineSplitter(longestBytes = LONGEST_LINE_BYTES): LineSplitter {
  let rest: Buffer = Buffer.alloc(0);

  function push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE)) {
      lines.push(text(data.subarray(0, at)));
      data = data.subarray(at + 1);
    }
    while (data.length > longestBytes) {
      lines.push(text(data.subarray(0, longestBytes)));
      data = data.subarray(longestBytes);
    }
    rest = data;
    return lines;
  }

  function end(): string[] {
    const last = rest;
    rest = Buffer.alloc(0);
    return last.length > 0 ? [text(last)] : [];
  }

  return { push, pendingBytes: () => rest.length, end };
}

const text = (bytes: Buffer): string => bytes.toString('utf8').replace(/\r$/, '');
