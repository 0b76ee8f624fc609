/** One thing that must hold for the project's files, with planted violations that prove the check sees them. */
import type { Tree } from './tree.ts';

export interface Rule {
  name: string;
  check(tree: Tree): Verdict;
  plants: Plant[];
}

export interface Verdict {
  /** one line each: where, what is wrong, how to mend it */
  faults: string[];
  /** how many things were looked at: a check that looks at nothing finds nothing */
  seen: number;
}

/** Files laid over a clean tree ('' takes one away), and the fault that must then be found. */
export interface Plant {
  what: string;
  files: Record<string, string>;
  fault: RegExp;
}
