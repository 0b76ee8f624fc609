import type { Plant, Rule } from '../rule.ts';
import { sourceOf } from '../source.ts';
import { lineOf, scripts } from '../tree.ts';

/**
 * What the language itself offers and the core may not use, since its steps must depend on their inputs alone. What
 * only Node offers (timers, console, process ...) is unknown to the type checker there: protocol/tsconfig.json.
 */
const FORBIDDEN: [RegExp, string][] = [
  // With an argument it only writes a given time down.
  [/(?<![.\w$])Date\b(?!\s*:)(?<!\bnew\s+Date(?=\s*\(\s*[^\s)]))/g, 'Date: time comes in with every input'],
  [/\bMath\s*\.\s*random\b/g, 'Math.random: use the seeded generator of random.ts'],
  [
    /(?<![.\w$])(?:Intl|globalThis|eval|WeakRef|FinalizationRegistry|SharedArrayBuffer|Atomics)\b(?!\s*:)/g,
    'it differs from host to host',
  ],
  [/\.(?:localeCompare|toLocale\w+)\b/g, "it differs with the host's language: compare with < and >"],
  [
    /(?<![.\w$])(?:async|await|Promise)\b(?!\s*[:,)])/g,
    'the core is synchronous: results come back as inputs',
  ],
  [/\bimport\s*\(|\bimport\.meta\b/g, 'the core loads nothing while it runs'],
];

export const ambient: Rule = {
  name: 'the core takes time and chance from its inputs only',
  check: (tree) => {
    const files = scripts(tree, 'protocol');
    const faults = files.flatMap(([path, text]) => {
      const { code } = sourceOf(path, text);
      return FORBIDDEN.flatMap(([pattern, why]) =>
        [...code.matchAll(pattern)]
          .filter((match) => !/typeof\s*$/.test(code.slice(Math.max(0, match.index - 10), match.index)))
          .map(
            (match) =>
              `${path}:${lineOf(text, match.index)}: ${match[0].replace(/\s+/g, '')} in protocol/ (${why})`,
          ),
      );
    });
    return { faults, seen: files.length };
  },
  plants: [
    plant('Date.now', 'export const now = Date.now();'),
    plant('new Date', 'export const now = new Date();'),
    plant('Date inside a template', ['export const now = `$', '{new Date( )}`;'].join('')),
    plant('Date as a function', 'export const now = Date(1);'),
    plant('Math.random', 'export const chance = Math.random();'),
    plant('Math.random in pieces', 'export const chance = Math\n  .random();'),
    plant('globalThis', "export const clock = globalThis['Date'];"),
    plant('localeCompare', "export const order = 'a'.localeCompare('b');"),
    plant('Intl', 'export const format = new Intl.NumberFormat();'),
    plant('async', 'export const later = async (): Promise<void> => {};'),
    plant('Promise', 'export const later = Promise.resolve();'),
    plant('a lazy import', "export const later = () => import('./agent.ts');"),
  ],
};

function plant(what: string, text: string): Plant {
  return {
    what,
    files: { 'protocol/naming/a.ts': `\n${text}\n` },
    fault: /protocol\/naming\/a\.ts:2: .* in protocol\//,
  };
}
