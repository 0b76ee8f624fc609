/** `node sim/main.ts SEED [LAST]`: plays one seed with its timeline, or every seed from SEED to LAST in brief. */

import { planOf } from './plan.ts';
import { play } from './run.ts';

const [first = 1, last] = process.argv.slice(2).map(Number);

function playOne(seed: number): boolean {
  console.log(JSON.stringify(planOf(seed)));
  const { faults, settledMs, restless, digest, timeline } = play(seed);
  for (const line of timeline) console.log(line);
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(`settled ${Math.round(settledMs)} ms, restless [${restless}], digest ${digest}`);
  return faults.length === 0 && restless.length === 0;
}

function playAll(from: number, to: number): boolean {
  let bad = 0;
  for (let seed = from; seed <= to; seed++) {
    const { faults, settledMs, restless } = play(seed);
    if (faults.length === 0 && restless.length === 0) continue;
    bad += 1;
    console.log(
      `seed ${seed}: settled ${Math.round(settledMs)} ms, restless [${restless}]; ${faults[0] ?? ''}`,
    );
  }
  console.log(`${to - from + 1} seeds, ${bad} bad`);
  return bad === 0;
}

process.exitCode = (last === undefined ? playOne(first) : playAll(first, last)) ? 0 : 1;
