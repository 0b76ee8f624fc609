/** `node player.ts COPY FIRST LAST`: plays seeds with the simulator of a copy until one breaks an invariant. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [copy = '.', first = '1', last = first] = process.argv.slice(2);
const { play }: typeof import('../run.ts') = await import(pathToFileURL(join(copy, 'sim/run.ts')).href);

/** What names the seed bad; null: nothing does. */
function judge(seed: number): string | null {
  try {
    const { faults, restless } = play(seed);
    return faults[0] ?? (restless.length > 0 ? `restless: ${restless.join(', ')}` : null);
  } catch (error) {
    return `exception: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}

for (let seed = Number(first); seed <= Number(last); seed++) {
  const fault = judge(seed);
  if (fault === null) continue;
  console.log(JSON.stringify({ seed, fault }));
  break;
}
