import type { Rule } from '../rule.ts';

const FOLDERS = ['agent', 'cli', 'protocol', 'sim', 'test'];

export const readmes: Rule = {
  name: 'each top folder says what belongs there',
  check: (tree) => {
    const missing = FOLDERS.filter((folder) => !tree.get(`${folder}/README.md`)?.trim());
    return {
      faults: missing.map(
        (folder) => `${folder}/README.md: is missing: what belongs here, what not, where to add things`,
      ),
      seen: FOLDERS.length - missing.length,
    };
  },
  plants: [{ what: 'no README', files: { 'sim/README.md': '' }, fault: /sim\/README\.md: is missing/ }],
};
