/** Plain YAML numbers as Docker's own parser reads them and prints them back into texts (environment, labels). */

const FLOAT = /^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/;
const DECIMAL = /^[-+]?(0|[1-9]\d*)$/;
const BASES: { pattern: RegExp; base: number }[] = [
  { pattern: /^0[xX]([0-9a-fA-F]+)$/, base: 16 },
  { pattern: /^0[bB]([01]+)$/, base: 2 },
  { pattern: /^0[oO]?([0-7]+)$/, base: 8 },
];

/** Shortest form, with an exponent below 10^-4 and from 10^6 on or beyond the digits: Go's `%v` of a float64. */
const floatText = (value: number): string => {
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return value.toString();
  const digits = Math.abs(exponent).toString().padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${digits}`;
};

/**
 * The text Docker passes on for an unquoted scalar that YAML takes for a number (`1.10` -> `1.1`, `0755` -> `493`),
 * or undefined when it is no number.
 */
export const numberText = (plain: string): string | undefined => {
  const text = /^[-+]?\d[\d_]*$/.test(plain) ? plain.replaceAll('_', '') : plain;
  if (DECIMAL.test(text)) return text.replace('+', '').replace(/^-0$/, '0');
  const sign = text.startsWith('-') ? '-' : '';
  const unsigned = text.replace(/^[-+]/, '');
  for (const { pattern, base } of BASES) {
    const digits = pattern.exec(unsigned)?.[1];
    if (digits !== undefined) return `${sign}${Number.parseInt(digits, base)}`;
  }
  return FLOAT.test(text) ? floatText(Number(text)) : undefined;
};
