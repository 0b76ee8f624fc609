import type { Plant, Rule } from '../rule.ts';
import { lineOf } from '../tree.ts';

/** Written with dots in between, so that this file does not contain what it looks for. */
const plain = (dotted: string): string => dotted.replaceAll('·', '');
const pattern = (dotted: string, flags = 'g'): RegExp => new RegExp(plain(dotted), flags);

const ABOUT_WRITING = 'how the project was written is not its subject';

const BANNED: [RegExp, string][] = [
  [pattern('\\b(?:TO·DO|FIX·ME|XX·X|HA·CK)\\b'), 'finish it or leave it out'],
  [
    pattern('(?<![\\w.])/(?:wo·rk|ro·ot|ho·me)/'),
    "a path of one machine: find the project's files relative to each other",
  ],
  [pattern('\\b(?:clau·de|anthro·pic|chat·gpt|open·ai|co·pilot)\\b', 'gi'), ABOUT_WRITING],
  [
    pattern('\\b(?:sub-?ag·ents?|build ses·sions?|this ses·sion|the le·ad|language mo·dels?)\\b', 'gi'),
    ABOUT_WRITING,
  ],
  [
    pattern('\\b(?:des·ign|ru·les|st·ack|test·bed|aes·thetics)\\.md\\b'),
    'a document that is not in the project',
  ],
  [pattern('\\b(?:iss·ue|tic·ket|pull re·quest)s? #?\\d+\\b', 'gi'), 'name the reason, not a number'],
  [
    pattern('reg·istry\\.(?:npm|yarn)\\w*|npm·js\\.(?:org|com)|arti·factory|ver·daccio', 'gi'),
    'a package registry: any mirror must serve',
  ],
];

const DRAWER = /(?:^|\/)(?:utils?|helpers?|managers?|common|misc)(?:[.-][\w.-]*)?(?:\/|\.ts$)/;

export const words: Rule = {
  name: 'nothing left over, nothing of one machine, no registry, no drawer for everything',
  check: (tree) => {
    const faults: string[] = [];
    for (const [path, text] of tree) {
      if (DRAWER.test(path)) faults.push(`${path}: name it by its one job`);
      for (const [found, why] of BANNED) {
        for (const match of text.matchAll(found)) {
          faults.push(`${path}:${lineOf(text, match.index)}: "${match[0]}" (${why})`);
        }
      }
    }
    return { faults, seen: tree.size };
  },
  plants: [
    plant('unfinished work', '// TO·DO: later'),
    plant('unfinished work in prose', 'Some day (FIX·ME)', 'docs/a.md'),
    plant('a folder of one machine', 'cd /wo·rk/main', 'docs/a.md'),
    plant('a home', "const home = '/ro·ot/x';"),
    plant('how it was written', '// asked the le·ad about it'),
    plant('who wrote it', 'Made with Clau·de', 'docs/a.md'),
    plant('a number', '// see iss·ue 12'),
    plant('a missing document', '// see ru·les.md'),
    plant('a registry', '"https://reg·istry.npm·js.org/x"', 'agent/a.json'),
    { what: 'a drawer', files: { 'agent/utils.ts': '' }, fault: /name it by its one job/ },
    { what: 'a folder of drawers', files: { 'agent/helpers/a.ts': '' }, fault: /name it by its one job/ },
  ],
};

function plant(what: string, dotted: string, path = 'agent/a.ts'): Plant {
  return { what, files: { [path]: `\n${plain(dotted)}\n` }, fault: new RegExp(`${path}:2: "`) };
}
