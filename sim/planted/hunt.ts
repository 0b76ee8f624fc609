/** Plays a copy with a planted bug until an invariant names it, from several first seeds. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PLAYER = join(import.meta.dirname, 'player.ts');
/** Distance between two first seeds: more than is ever played from one. */
const APART = 10_000;

export interface Catch {
  seed: number;
  fault: string;
}

/** One attempt: seeds played, and the catch; null when the limit was reached. */
export interface Attempt {
  played: number;
  caught: Catch | null;
}

/** The first bad seed of a range in a copy. */
export async function firstBad(copy: string, first: number, last: number): Promise<Catch | null> {
  const args = [PLAYER, copy, String(first), String(last)];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 1 << 24 });
  const line = stdout.split('\n').find((text) => text.startsWith('{"seed":'));
  if (!line) return null;
  const found: unknown = JSON.parse(line);
  return {
    seed: Number(Reflect.get(Object(found), 'seed')),
    fault: String(Reflect.get(Object(found), 'fault')),
  };
}

/** A seed that is bad without the bug as well proves nothing: it is passed over, and named. */
export async function hunt(buggy: string, clean: string, start: number, limit: number): Promise<Attempt> {
  const first = 1 + start * APART;
  for (let from = first; from < first + limit; ) {
    const found = await firstBad(buggy, from, first + limit - 1);
    if (!found) break;
    const alsoClean = await firstBad(clean, found.seed, found.seed);
    if (!alsoClean) return { played: found.seed - first + 1, caught: found };
    console.error(`seed ${found.seed} is bad without any planted bug: ${alsoClean.fault}`);
    from = found.seed + 1;
  }
  return { played: limit, caught: null };
}
