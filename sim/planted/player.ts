/** `node player.ts COPY FIRST LAST`: plays seeds with the simulator of a copy until one breaks an invariant. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Watcher } from '../checks/watch.ts';
import type { Mesh } from '../mesh.ts';

const [copy = '.', first = '1', last = first] = process.argv.slice(2);
const load = (path: string): string => pathToFileURL(join(copy, path)).href;
const { play }: typeof import('../run.ts') = await import(load('sim/run.ts'));
const { watch, lastFaults }: typeof import('../checks/index.ts') = await import(load('sim/checks/index.ts'));

const { after }: typeof import('../world.ts') = await import(load('sim/world.ts'));

const LOOK_EVERY_MS = 1_000;

class Broken extends Error {}

/** Ends the run with the first violation: what comes after it would only cost time. */
function watchUntilBroken(mesh: Mesh): Watcher {
  const watcher = watch(mesh);
  const look = (): void => {
    const [first] = watcher.violations;
    if (first) throw new Broken(`${first.check}: ${first.text}`);
    after(mesh.world, LOOK_EVERY_MS, look);
  };
  look();
  return watcher;
}

/** What names the seed bad; null: nothing does. */
function judge(seed: number): string | null {
  try {
    const watchers: Watcher[] = [];
    const { faults, restless, mesh } = play(seed, {}, (made) => void watchers.push(watchUntilBroken(made)));
    const [moves] = restless.map((what) => `quiet at rest: ${what} still left`);
    return faults[0] ?? moves ?? lastFaults(mesh, watchers[0]?.memory)[0] ?? null;
  } catch (error) {
    if (error instanceof Broken) return error.message;
    return `exception: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
}

for (let seed = Number(first); seed <= Number(last); seed++) {
  const fault = judge(seed);
  if (fault === null) continue;
  console.log(JSON.stringify({ seed, fault }));
  break;
}
