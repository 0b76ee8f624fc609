// Control groups of a bed's containers: the one thing that outlives a killed host in the kernel.
import { existsSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './run.ts';

const ROOT = '/sys/fs/cgroup';
const BEDS = 'shoal-beds';

/** Path, below each hierarchy's root, of the groups of one host's containers. */
export function cgroupOf(bedName: string, index: number): string {
  return `${BEDS}/${bedName}/h${index}`;
}

/** Removes the groups of one host, or of the whole bed. Their processes must have ended. */
export async function removeCgroups(bedName: string, index?: number): Promise<void> {
  const path = index === undefined ? `${BEDS}/${bedName}` : cgroupOf(bedName, index);
  for (const group of groupsAt(path)) await until(`${group} is empty`, 10_000, () => removed(group));
}

/** Lets paused containers run on: version 1 does not let a frozen process die, not even of SIGKILL. */
export function thawCgroups(bedName: string, index: number): void {
  for (const host of groupsAt(cgroupOf(bedName, index))) {
    const frozen = directoriesIn(host).map((container) => join(host, container, 'freezer.state'));
    for (const file of frozen) if (existsSync(file)) writeFileSync(file, 'THAWED');
  }
}

/** Version 2 has one hierarchy at the root, version 1 one per controller below it. */
function groupsAt(path: string): string[] {
  const roots = [ROOT, ...directoriesIn(ROOT).map((name) => join(ROOT, name))];
  return roots.map((root) => join(root, path)).filter((group) => existsSync(group));
}

/** A group can stay busy for a moment after its last process ended. */
function removed(group: string): boolean {
  try {
    for (const child of directoriesIn(group)) if (!removed(join(group, child))) return false;
    rmdirSync(group);
    return true;
  } catch {
    return !existsSync(group);
  }
}

function directoriesIn(path: string): string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
