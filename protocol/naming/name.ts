/**
 * Domain names as text and on the wire. Text is lower case (ASCII only, RFC 4343), labels joined by dots, no final
 * dot; the root is ''. Every character stands for one byte.
 */

const DOT = 0x2e;

/** A dot inside a label is kept as this character, so that no label can pass for two. */
const DOT_IN_LABEL = String.fromCharCode(0x100 + DOT);

const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;

const LOWER: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte === DOT
    ? DOT_IN_LABEL
    : byte >= 0x41 && byte <= 0x5a
      ? String.fromCharCode(byte + 0x20)
      : String.fromCharCode(byte),
);

export const lowerCase = (text: string): string => text.replace(/[A-Z]+/g, (run) => run.toLowerCase());

/** Can the text be written as a name: labels of 1 to 63 bytes, 255 bytes in all? */
export function isName(text: string): boolean {
  if (text.length + 2 > NAME_BYTES_MAX) return false;
  let label = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff || label > LABEL_BYTES_MAX) return false;
    if (code !== DOT) label++;
    else if (label === 0) return false;
    else label = 0;
  }
  return text === '' || (label > 0 && label <= LABEL_BYTES_MAX);
}

/** The wire form with its final zero; undefined when the text is no name (empty or long label, over 255 bytes). */
export function encodeName(text: string): Uint8Array | undefined {
  if (!isName(text)) return undefined;
  const wire = new Uint8Array(text === '' ? 1 : text.length + 2);
  let lengthAt = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) lengthAt = i + 1;
    else {
      wire[i + 1] = code;
      wire[lengthAt]!++;
    }
  }
  return wire;
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
