/** The table of sim/planted/README.md: written between two marks, so that the words around it stay. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bug } from './bugs.ts';

export interface Finding {
  bug: Bug;
  /** median over the first seeds; null: not within the limit */
  medianSeeds: number | null;
  attempts: number;
  /** attempts that ended with a catch */
  hits: number;
  /** names of the invariants, or of the scenario that fails */
  by: string[];
}

const README = join(import.meta.dirname, 'README.md');
const [OPEN, CLOSE] = ['<!-- table -->', '<!-- end -->'];

/** Rows of bugs that were not measured this time stay as they are. */
export function writeTable(findings: Finding[]): void {
  const text = readFileSync(README, 'utf8');
  const [from, to] = [text.indexOf(OPEN), text.indexOf(CLOSE)];
  if (from < 0 || to < from) throw new Error(`${README}: the marks ${OPEN} and ${CLOSE} are missing`);
  const rows = new Map(
    text
      .slice(from, to)
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .map((line) => [line.split('`')[1] ?? '', line]),
  );
  for (const finding of findings) rows.set(finding.bug.name, rowOf(finding));
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
  const head = [
    '| bug | what it breaks | two hosts, ordering | median seeds | caught by |',
    '|---|---|---|---|---|',
  ];
  writeFileSync(README, `${text.slice(0, from)}${[OPEN, ...head, ...sorted].join('\n')}\n${text.slice(to)}`);
}

function rowOf({ bug, medianSeeds, attempts, hits, by }: Finding): string {
  const seeds = medianSeeds === null ? `none (${hits} of ${attempts} starts)` : String(medianSeeds);
  const breaks = `${bug.breaks} (${bug.rule})`;
  const cells = [
    `\`${bug.name}\``,
    breaks,
    bug.needsOrdering ? 'yes' : 'no',
    seeds,
    by.join('; ') || 'nothing yet',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '/')).join(' | ')} |`;
}
