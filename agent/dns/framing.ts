/** DNS over TCP: each message behind its length in two bytes (RFC 1035 4.2.2). */

const LENGTH_BYTES = 2;

export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + message.length);
  framed.writeUInt16BE(message.length);
  framed.set(message, LENGTH_BYTES);
  return framed;
}

/**
 * Takes chunks as they come and hands out whole messages. Returns false when the stream is no DNS (a message of
 * length zero): the connection is then to be ended. Holds at most one message and one chunk.
 */
export function createDeframer(take: (message: Buffer) => void): (chunk: Buffer) => boolean {
  let pending = Buffer.alloc(0);
  return (chunk) => {
    const bytes = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const length = bytes.readUInt16BE(at);
      if (length === 0) return false;
      const end = at + LENGTH_BYTES + length;
      if (end > bytes.length) break;
      take(bytes.subarray(at + LENGTH_BYTES, end));
      at = end;
    }
    pending = Buffer.from(bytes.subarray(at));
    return true;
  };
}
