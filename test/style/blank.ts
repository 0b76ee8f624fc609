/**
 * TypeScript with comments and the insides of strings, templates and regular expressions replaced by spaces: what is
 * left is code, at unchanged offsets, so that simple patterns cannot be fooled by text.
 */
type Mode = 'code' | 'template';

const REGEX_MAY_FOLLOW =
  /(?:^|[-+*%&|^~!=<>?:;,([{}]|=>|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|new))\s*$/;

interface Cursor {
  text: string;
  at: number;
  out: string[];
  /** one entry per open template: the number of braces open inside its current `${}` */
  templates: number[];
}

export function blank(text: string): string {
  const cursor: Cursor = { text, at: 0, out: [], templates: [] };
  let mode: Mode = 'code';
  while (cursor.at < text.length) mode = mode === 'code' ? readCode(cursor) : readTemplate(cursor);
  return cursor.out.join('');
}

function readCode(cursor: Cursor): Mode {
  const { text, at } = cursor;
  const char = text[at]!;
  const next = text[at + 1];
  if (char === '/' && next === '/') hide(cursor, endOf(text, '\n', at));
  else if (char === '/' && next === '*') hide(cursor, endOf(text, '*/', at + 2) + 2);
  else if (char === "'" || char === '"') hideInside(cursor, endOfString(text, at, char));
  else if (char === '/' && REGEX_MAY_FOLLOW.test(tail(cursor))) hideInside(cursor, endOfRegex(text, at));
  else if (char === '`') return openTemplate(cursor);
  else return keepCode(cursor, char);
  return 'code';
}

/** Braces are counted so that the end of `${}` is known from the end of a block inside it. */
function keepCode(cursor: Cursor, char: string): Mode {
  const { templates } = cursor;
  const last = templates.length - 1;
  cursor.out.push(char);
  cursor.at += 1;
  if (last < 0) return 'code';
  if (char === '{') templates[last]! += 1;
  if (char !== '}') return 'code';
  templates[last]! -= 1;
  return templates[last]! < 0 ? 'template' : 'code';
}

function openTemplate(cursor: Cursor): Mode {
  cursor.templates.push(-1);
  cursor.out.push('`');
  cursor.at += 1;
  return 'template';
}

function readTemplate(cursor: Cursor): Mode {
  const { text, at, templates } = cursor;
  if (text[at] === '`') {
    templates.pop();
    cursor.out.push('`');
    cursor.at += 1;
    return 'code';
  }
  if (text[at] === '$' && text[at + 1] === '{') {
    templates[templates.length - 1] = 0;
    cursor.out.push('${');
    cursor.at += 2;
    return 'code';
  }
  hide(cursor, at + (text[at] === '\\' ? 2 : 1));
  return 'template';
}

/** Replaces everything up to `end` by spaces; lines stay lines. */
function hide(cursor: Cursor, end: number): void {
  cursor.out.push(cursor.text.slice(cursor.at, end).replace(/[^\n]/g, ' '));
  cursor.at = Math.min(end, cursor.text.length);
}

/** The delimiters stay, so that a string is still seen to be one. */
function hideInside(cursor: Cursor, end: number): void {
  cursor.out.push(cursor.text[cursor.at]!);
  cursor.at += 1;
  hide(cursor, end - 1);
  cursor.out.push(cursor.text.slice(cursor.at, end));
  cursor.at = end;
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at;
}

function endOfString(text: string, at: number, quote: string): number {
  let i = at + 1;
  while (i < text.length && text[i] !== quote && text[i] !== '\n') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

function endOfRegex(text: string, at: number): number {
  let inClass = false;
  let i = at + 1;
  for (; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === '\\') i += 1;
    else if (text[i] === '[') inClass = true;
    else if (text[i] === ']') inClass = false;
    else if (text[i] === '/' && !inClass) break;
  }
  return i + 1;
}

const tail = (cursor: Cursor): string => cursor.out.slice(-40).join('').slice(-80);
