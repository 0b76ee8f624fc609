/**
 * Domain names as text and on the wire. Text is lower case (ASCII only, RFC 4343), labels joined by dots, no final
 * dot; the root is ''. Every character stands for one byte.
 */

/** A dot inside a label is kept as this character, so that no label can pass for two. */
const DOT_IN_LABEL = String.fromCharCode(0x100 + 0x2e);

const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;

const LOWER: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte === 0x2e
    ? DOT_IN_LABEL
    : byte >= 0x41 && byte <= 0x5a
      ? String.fromCharCode(byte + 0x20)
      : String.fromCharCode(byte),
);

export const lowerCase = (text: string): string => text.replace(/[A-Z]+/g, (run) => run.toLowerCase());

/** The wire form with its final zero; undefined when the text is no name (empty or long label, over 255 bytes). */
export function encodeName(text: string): Uint8Array | undefined {
  const wire = new Uint8Array(NAME_BYTES_MAX);
  let at = 0;
  for (const label of text === '' ? [] : text.split('.')) {
    if (label.length === 0 || label.length > LABEL_BYTES_MAX) return undefined;
    if (at + 1 + label.length + 1 > NAME_BYTES_MAX) return undefined;
    wire[at++] = label.length;
    for (let i = 0; i < label.length; i++) {
      const code = label.charCodeAt(i);
      if (code > 0xff) return undefined;
      wire[at++] = code;
    }
  }
  return wire.slice(0, at + 1);
}

/**
 * Reads the name of a question: no compression pointers, since nothing stands before it to point at.
 * Returns undefined when it does not end inside the packet or is over 255 bytes.
 */
export function readName(packet: Uint8Array, start: number): { name: string; end: number } | undefined {
  let name = '';
  for (let at = start; at < packet.length && at - start < NAME_BYTES_MAX; ) {
    const length = packet[at++]!;
    if (length === 0) return { name, end: at };
    if (length > LABEL_BYTES_MAX || at + length > packet.length) return undefined;
    if (name !== '') name += '.';
    for (const stop = at + length; at < stop; at++) name += LOWER[packet[at]!]!;
  }
  return undefined;
}

/** Offset behind a name that may be compressed, or undefined. Pointers are stepped over, never followed. */
export function skipName(packet: Uint8Array, start: number): number | undefined {
  for (let at = start; at < packet.length && at - start < NAME_BYTES_MAX; ) {
    const length = packet[at]!;
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= packet.length ? at + 2 : undefined;
    if (length > LABEL_BYTES_MAX) return undefined;
    at += 1 + length;
  }
  return undefined;
}

/** `web.shop` under `shop` is `web`; `shop` itself is ''; anything else is undefined. */
export function relativeTo(domain: string, name: string): string | undefined {
  if (name === domain) return '';
  const cut = name.length - domain.length - 1;
  return cut > 0 && name[cut] === '.' && name.endsWith(domain) ? name.slice(0, cut) : undefined;
}

/** The name without its first label; '' for a single label. */
export function parentName(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? '' : name.slice(dot + 1);
}

/** The wire form without its final zero, for a name that something else completes; text must be a name. */
export const encodePrefix = (text: string): Uint8Array =>
  encodeName(text)?.subarray(0, -1) ?? new Uint8Array(0);
