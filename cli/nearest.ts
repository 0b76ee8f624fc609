/** Which known name a person most likely meant. */

/** Edits (insert, delete, replace, swap of neighbours) between two short words; rows are kept, not the whole matrix. */
const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, before[j - 2]! + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
};

/** A third of the word may be wrong, at least one letter: more than that is another word. */
const tolerance = (word: string): number => Math.max(1, Math.floor(word.length / 3));

/**
 * The known name nearest to `word`, or undefined when none is near. A part of a name separated by `_`, `-` or `.`
 * counts as near: who types `web` may mean the service `shop_web`.
 */
export const nearest = (word: string, known: Iterable<string>): string | undefined => {
  const wanted = word.toLowerCase();
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    const candidate = name.toLowerCase();
    const isPart = candidate.split(/[_.-]/).includes(wanted);
    const edits = isPart ? 0.5 : distance(wanted, candidate);
    if (edits <= tolerance(wanted) && (!best || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
};

/** `; did you mean X?`, or nothing. */
export const hint = (word: string, known: Iterable<string>): string => {
  const name = nearest(word, known);
  return name === undefined ? '' : `; did you mean '${name}'?`;
};
