import type { Rule } from '../rule.ts';
import { lineOf, topOf } from '../tree.ts';

/** Written in pieces, so that this file does not contain what it looks for. */
const BANNED: [RegExp, string][] = [
  [
    new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`, 'g'),
    'finish it or leave it out',
  ],
  [
    new RegExp(`(?<![\\w.])/(?:${['wo' + 'rk', 'ro' + 'ot', 'ho' + 'me'].join('|')})/`, 'g'),
    "a path of one machine: the project's files are found relative to each other",
  ],
  [new RegExp(`/tmp/(?:${['bri' + 'ef', 'wis' + 'hes'].join('|')})`, 'g'), 'a path of one machine'],
  [
    new RegExp(
      `\\b(?:${['clau' + 'de', 'anthro' + 'pic', 'chat' + 'gpt', 'open' + 'ai', 'co' + 'pilot'].join('|')})\\b`,
      'gi',
    ),
    'how the project was written is not its subject',
  ],
  [
    new RegExp(
      `\\b(?:${['sub' + '-?agents?', 'build ' + 'sessions?', 'this ' + 'session', 'the ' + 'lead', 'language ' + 'models?'].join('|')})\\b`,
      'gi',
    ),
    'how the project was written is not its subject',
  ],
  [
    new RegExp(
      `\\b(?:${['des' + 'ign', 'ru' + 'les', 'st' + 'ack', 'test' + 'bed', 'aesthe' + 'tics'].join('|')})\\.md\\b`,
      'g',
    ),
    'a document that is not in the project',
  ],
  [
    new RegExp(`\\b(?:${['iss' + 'ue', 'tick' + 'et', 'pull ' + 'request'].join('|')})s? #?\\d+\\b`, 'gi'),
    'name the reason, not a number',
  ],
  [
    new RegExp(
      ['registry\\.(?:npm', 'yarn)', '\\w*|npm', 'js\\.(?:org|com)|arti', 'factory|ver', 'daccio']
        .join('')
        .replace('(?:npmyarn)', '(?:npm|yarn)'),
      'gi',
    ),
    'a package registry: any mirror must serve',
  ],
];

const NAMES = new RegExp(
  `(?:^|/)(?:${['ut' + 'ils?', 'help' + 'ers?', 'mana' + 'gers?', 'com' + 'mon', 'mi' + 'sc'].join('|')})(?:[.-][\\w.-]*)?(?:/|\\.ts$)`,
);

export const words: Rule = {
  name: 'nothing left over, nothing of one machine, no registry, no drawer for everything',
  check: (tree) => {
    const faults: string[] = [];
    for (const [path, text] of tree) {
      if (NAMES.test(path)) faults.push(`${path}: name it by its one job`);
      for (const [pattern, why] of BANNED) {
        for (const match of text.matchAll(pattern))
          faults.push(`${path}:${lineOf(text, match.index)}: "${match[0]}" (${why})`);
      }
    }
    return { faults, seen: [...tree.keys()].filter((path) => topOf(path) !== '').length };
  },
  plants: [
    plant('unfinished', `// ${'TO' + 'DO'}: later`),
    plant('unfinished in prose', `Some day (${'FIX' + 'ME'})`, 'docs/a.md'),
    plant('a machine', `cd ${'/wo' + 'rk'}/main`, 'docs/a.md'),
    plant('a machine', `const home = '${'/ro' + 'ot'}/x';`),
    plant('how it was written', `// asked ${'the ' + 'lead'} about it`),
    plant('a number', `// see ${'iss' + 'ue'} 12`),
    plant('a missing document', `// see ${'ru' + 'les'}.md`),
    plant('a registry', `"https://${'registry.' + 'npm'}${'js.' + 'org'}/x"`, 'agent/a.json'),
    { what: 'a drawer', files: { [`agent/${'ut' + 'ils'}.ts`]: '' }, fault: /name it by its one job/ },
    {
      what: 'a folder of drawers',
      files: { [`agent/${'help' + 'ers'}/a.ts`]: '' },
      fault: /name it by its one job/,
    },
  ],
};

function plant(what: string, text: string, path = 'agent/a.ts'): Rule['plants'][number] {
  return { what, files: { [path]: `\n${text}\n` }, fault: new RegExp(`${path}:2: "`) };
}
