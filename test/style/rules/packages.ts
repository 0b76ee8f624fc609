import type { Rule } from '../rule.ts';
import type { Tree } from '../tree.ts';

const GROUPS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];
const EXACT = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;

export const packages: Rule = {
  name: 'dependencies are pinned and the lock names no source',
  check: (tree) => {
    const pins = GROUPS.flatMap((group) => Object.entries(objectAt(manifest(tree, 'package.json'), group)));
    const loose = pins.filter(([, version]) => typeof version !== 'string' || !EXACT.test(version));
    return {
      faults: [
        ...loose.map(([name, version]) => `package.json: ${name} is "${version}": pin one version exactly`),
        ...lockFaults(tree),
      ],
      seen: pins.length,
    };
  },
  plants: [
    ...['^2.9.1', '2.9', 'latest', '>=2.0.0', '2.x', 'npm:yaml@^2.9.1', 'github:eemeli/yaml', ''].map(
      (version) => ({
        what: `the version "${version}"`,
        files: { 'package.json': JSON.stringify({ devDependencies: { yaml: version } }) },
        fault: /package\.json: yaml is ".*": pin/,
      }),
    ),
    {
      what: 'a source in the lock file',
      files: {
        'package-lock.json': JSON.stringify({
          packages: { 'node_modules/yaml': { resolved: 'https://example.com/yaml.tgz' } },
        }),
      },
      fault: /package-lock\.json: node_modules\/yaml names its source/,
    },
    { what: 'no lock file', files: { 'package-lock.json': '' }, fault: /package-lock\.json: is missing/ },
  ],
};

/** Where packages come from is for each machine to say (npm setting omit-lockfile-registry-resolved). */
function lockFaults(tree: Tree): string[] {
  if (!tree.get('package-lock.json')) return ['package-lock.json: is missing'];
  const locked = objectAt(manifest(tree, 'package-lock.json'), 'packages');
  return Object.entries(locked)
    .filter(([, entry]) => Object.hasOwn(Object(entry), 'resolved'))
    .map(
      ([name]) => `package-lock.json: ${name} names its source: install with omit-lockfile-registry-resolved`,
    );
}

const manifest = (tree: Tree, path: string): unknown => JSON.parse(tree.get(path) || '{}');
const objectAt = (value: unknown, key: string): object => Object(Reflect.get(Object(value), key));
