import type { Rule } from '../rule.ts';
import { sourceOf } from '../source.ts';
import { scripts, type Tree } from '../tree.ts';

/** Modules that need each other before either has run. Types are erased and lazy imports run later: both may go round. */
export const cycles: Rule = {
  name: 'no cycle of imports',
  check: (tree) => {
    const edges = valueImports(tree);
    const faults: string[] = [];
    const done = new Set<string>();
    for (const path of edges.keys()) {
      const cycle = findCycle(edges, path, done, []);
      if (cycle) faults.push(`${cycle[0]}: imports itself by way of ${cycle.slice(1).join(' -> ')}`);
    }
    return { faults, seen: [...edges.values()].reduce((sum, targets) => sum + targets.length, 0) };
  },
  plants: [
    {
      what: 'two files',
      files: {
        'agent/a.ts': "import { b } from './b.ts';\nexport const a = b;\n",
        'agent/b.ts': "import { a } from './a.ts';\nexport const b = a;\n",
      },
      fault: /agent\/a\.ts: imports itself by way of agent\/b\.ts -> agent\/a\.ts/,
    },
    {
      what: 'three files, one by re-export, one with nothing but types in braces (which still loads the file)',
      files: {
        'agent/a.ts': "export { b } from './b.ts';\n",
        'agent/b.ts': "import './c.ts';\nexport const b = 1;\n",
        'agent/c.ts': "import { type A } from './a.ts';\nexport type C = A;\n",
      },
      fault: /imports itself by way of .* -> .* -> /,
    },
  ],
};

function valueImports(tree: Tree): Map<string, string[]> {
  const edges = new Map<string, string[]>();
  for (const [path, text] of scripts(tree)) {
    const targets = sourceOf(path, text).imports.flatMap((found) => {
      return found.isType || found.isLazy || found.target === undefined ? [] : [found.target];
    });
    edges.set(path, targets);
  }
  return edges;
}

/** Depth first; files from which no cycle can be reached any more are done. */
function findCycle(
  edges: Map<string, string[]>,
  path: string,
  done: Set<string>,
  trail: string[],
): string[] | null {
  const at = trail.indexOf(path);
  if (at >= 0) return [...trail.slice(at), path];
  if (done.has(path)) return null;
  for (const target of edges.get(path) ?? []) {
    const cycle = findCycle(edges, target, done, [...trail, path]);
    if (cycle) {
      done.add(path);
      return cycle;
    }
  }
  done.add(path);
  return null;
}
