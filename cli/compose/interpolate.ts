/** `$VAR`, `${VAR}` and their defaults in compose files, as the Compose specification has them. */

export type Lookup = (name: string) => string | undefined;

export interface Filled {
  text: string;
  /** variables that are not set and have no default: they became empty */
  missing: string[];
}

/** A line for a person; the caller adds file, line and key. */
export class InterpolationError extends Error {}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:?[-?+]/y;
const MAX_DEPTH = 20;

const matchAt = (pattern: RegExp, text: string, from: number): string | undefined => {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0];
};

/** Index of the `}` that ends the braces opened before `from`; defaults may hold braces of their own. */
const closingBrace = (text: string, from: number): number => {
  let depth = 1;
  for (let index = from; index < text.length; index++) {
    if (text.startsWith('$$', index)) index++;
    else if (text.startsWith('${', index)) depth++;
    else if (text[index] === '}' && --depth === 0) return index;
  }
  throw new InterpolationError(`'${text}' has a \${ without its }`);
};

interface Braced {
  name: string;
  operator: string;
  word: string;
}

const parseBraced = (inside: string): Braced => {
  const name = matchAt(NAME, inside, 0);
  const operator = name === undefined ? undefined : matchAt(OPERATOR, inside, name.length);
  const rest = inside.slice((name ?? '').length + (operator ?? '').length);
  if (name === undefined || (operator === undefined && rest !== '')) {
    throw new InterpolationError(`'\${${inside}}' is no variable; for a plain $ write $$`);
  }
  return { name, operator: operator ?? '', word: rest };
};

/** The colon makes an empty value count as unset. */
const expand = ({ name, operator, word }: Braced, lookup: Lookup, depth: number): Filled => {
  const value = lookup(name);
  const isSet = value !== undefined && (!operator.startsWith(':') || value !== '');
  switch (operator.at(-1)) {
    case '-':
      return isSet ? { text: value, missing: [] } : fill(word, lookup, depth);
    case '+':
      return isSet ? fill(word, lookup, depth) : { text: '', missing: [] };
    case '?': {
      if (isSet) return { text: value, missing: [] };
      const why = fill(word, lookup, depth).text;
      throw new InterpolationError(`the variable ${name} must be set${why === '' ? '' : `: ${why}`}`);
    }
    default:
      return { text: value ?? '', missing: value === undefined ? [name] : [] };
  }
};

const fill = (text: string, lookup: Lookup, depth: number): Filled => {
  if (depth > MAX_DEPTH) throw new InterpolationError('variables are nested too deep');
  const filled: Filled = { text: '', missing: [] };
  let index = 0;
  while (index < text.length) {
    const dollar = text.indexOf('$', index);
    filled.text += text.slice(index, dollar < 0 ? text.length : dollar);
    if (dollar < 0) break;
    const next = text[dollar + 1];
    const name = matchAt(NAME, text, dollar + 1);
    if (next === '$') {
      filled.text += '$';
      index = dollar + 2;
      continue;
    }
    const end = next === '{' ? closingBrace(text, dollar + 2) : dollar + (name ?? '').length;
    if (next !== '{' && name === undefined) {
      throw new InterpolationError(`'${text}' has a $ that names no variable; for a plain $ write $$`);
    }
    const braced =
      next === '{' ? parseBraced(text.slice(dollar + 2, end)) : { name: name!, operator: '', word: '' };
    const part = expand(braced, lookup, depth + 1);
    filled.text += part.text;
    filled.missing.push(...part.missing);
    index = end + 1;
  }
  return filled;
};

/** Replaces every variable of `text`. Throws InterpolationError for broken syntax and unset required variables. */
export const interpolate = (text: string, lookup: Lookup): Filled =>
  text.includes('$') ? fill(text, lookup, 0) : { text, missing: [] };
