/**
 * `npm run sim:planted -- [NAME...] [--seeds 200] [--starts 3] [--jobs 2] [--write]`: plants each bug into a copy and plays
 * seeds until an invariant names it; what no seed meets is given to the named scenarios. `--write` writes the table.
 */
import { parseArgs } from 'node:util';
import { type Bug, readBugs } from './bugs.ts';
import { applyPatch, copyTree, removeCopy } from './copy.ts';
import { type Attempt, firstBad, hunt } from './hunt.ts';
import { failingScenarios } from './scenarios.ts';
import { type Finding, writeTable } from './table.ts';

const CLEAN_SEEDS = 10;
const SCENARIOS_NAMED = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '200' },
    starts: { type: 'string', default: '3' },
    jobs: { type: 'string', default: '2' },
    write: { type: 'boolean', default: false },
  },
});
const [seeds, starts, jobs] = [Number(values.seeds), Number(values.starts), Number(values.jobs)];

const median = (numbers: number[]): number =>
  numbers.sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? 0;

/** One start without a catch is followed by the scenarios, not by more starts: the rest would be as long. */
async function examine(bug: Bug, clean: string): Promise<Finding> {
  const copy = copyTree();
  try {
    applyPatch(copy, bug.file);
    const attempts: Attempt[] = [];
    for (let start = 0; start < starts; start++) {
      attempts.push(await hunt(copy, clean, start, seeds));
      if (attempts.every(({ caught }) => caught === null)) break;
    }
    const caught = attempts.flatMap((attempt) => attempt.caught ?? []);
    const by = [...new Set(caught.map(({ fault }) => fault.slice(0, fault.indexOf(':'))))];
    const scenarios = caught.length === 0 ? await failingScenarios(copy, clean) : [];
    const isMostly = caught.length * 2 > attempts.length;
    return {
      bug,
      medianSeeds: isMostly ? median(attempts.map(({ played }) => played)) : null,
      attempts: attempts.length,
      hits: caught.length,
      by: [...by, ...scenarios.slice(0, SCENARIOS_NAMED).map((name) => `scenario ${name}`)],
    };
  } finally {
    removeCopy(copy);
  }
}

async function examineAll(bugs: Bug[], clean: string): Promise<Finding[]> {
  const waiting = [...bugs];
  const findings: Finding[] = [];
  const work = async (): Promise<void> => {
    for (let bug = waiting.shift(); bug; bug = waiting.shift()) {
      const finding = await examine(bug, clean);
      findings.push(finding);
      const seedsText = finding.medianSeeds === null ? 'no seed' : `${finding.medianSeeds} seeds`;
      console.log(
        `${findings.length}/${bugs.length} ${bug.name}: ${seedsText}, ${finding.by.join('; ') || 'NOT CAUGHT'}`,
      );
      if (values.write) writeTable([finding]);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return findings;
}

const clean = copyTree();
try {
  const bad = await firstBad(clean, 1, CLEAN_SEEDS);
  if (bad) throw new Error(`seed ${bad.seed} is bad without any planted bug: ${bad.fault}`);
  const findings = await examineAll(readBugs(positionals), clean);
  const missed = findings.filter(({ by }) => by.length === 0).map(({ bug }) => bug.name);
  console.log(
    `${findings.length} planted bugs, ${missed.length} not caught${missed.map((name) => ` ${name}`).join()}`,
  );
  process.exitCode = missed.length > 0 ? 1 : 0;
} finally {
  removeCopy(clean);
}
