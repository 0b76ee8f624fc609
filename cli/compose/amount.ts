/** Amounts of memory and CPU in Docker's notation. */

const SIZE = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i;
const POWERS = ['', 'k', 'm', 'g', 't', 'p'];

/** `64m`, `1.5g`, `512KiB` or plain bytes -> bytes (factors of 1024); undefined when it is no size. */
export const parseBytes = (text: string): number | undefined => {
  const match = SIZE.exec(text);
  if (!match) return undefined;
  const bytes = Math.floor(Number(match[1]) * 1024 ** POWERS.indexOf(match[2]!.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
};

/** `0.5` -> 500 000 000; undefined when it is no number or finer than 10^-9 of a core. */
export const parseNanoCpus = (text: string): number | undefined => {
  const match = /^(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match || !/\d/.test(text)) return undefined;
  const fraction = (match[2] ?? '').replace(/0+$/, '');
  if (fraction.length > 9) return undefined;
  const nanos = Number(match[1] || '0') * 1e9 + Number(fraction.padEnd(9, '0'));
  return Number.isSafeInteger(nanos) ? nanos : undefined;
};
