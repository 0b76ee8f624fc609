/** Splits a command line into words as Docker does: quotes, backslashes and comments, but no shell runs it. */

/** Thrown for a quote that is never closed. */
export class WordsError extends Error {}

const isBlank = (letter: string): boolean => /[ \t\r\n]/.test(letter);

/** Reads one word from `start`; answers it and the index after it. */
const readWord = (text: string, start: number): { word: string; end: number } => {
  let word = '';
  let quote = '';
  let index = start;
  for (; index < text.length; index++) {
    const letter = text[index]!;
    if (letter === '\\' && quote !== "'") {
      if (index + 1 === text.length) throw new WordsError('a backslash at the end escapes nothing');
      word += text[++index];
    } else if (letter === quote) quote = '';
    else if (quote === '' && (letter === '"' || letter === "'")) quote = letter;
    else if (quote === '' && isBlank(letter)) break;
    else word += letter;
  }
  if (quote !== '') throw new WordsError(`the quote ${quote} is never closed`);
  return { word, end: index };
};

/** `sh -c "echo hi"` -> ['sh', '-c', 'echo hi']. A word that begins with # starts a comment up to the end of its line. */
export const splitWords = (text: string): string[] => {
  const words: string[] = [];
  let index = 0;
  while (index < text.length) {
    if (isBlank(text[index]!)) index++;
    else if (text[index] === '#') {
      const end = text.indexOf('\n', index);
      index = end < 0 ? text.length : end;
    } else {
      const { word, end } = readWord(text, index);
      words.push(word);
      index = end;
    }
  }
  return words;
};
