// Taking a bed down, also one whose library died half way through anything.
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { removeCgroups } from './cgroups.ts';
import { removeBridge } from './network.ts';
import { findInits, powerOff } from './power.ts';
import { bedDir, load, releaseSubnet, subnetsOf } from './state.ts';

/**
 * Ends every process of a bed and deletes its links, control groups and folder. What there is to do is found
 * from the name alone, so that it also works after a crash and when there is nothing left to do.
 */
export async function tearDown(name: string): Promise<void> {
  const folder = bedDir(name);
  await Promise.all(findInits(name).map((init) => powerOff(name, init)));
  for (const subnet of subnetsOf(name)) await removeBridge(subnet);
  await removeCgroups(name);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  // Last: as long as it stands no other bed takes a subnet whose links may still be there.
  for (const subnet of subnetsOf(name)) releaseSubnet(subnet);
}

/** Throws if another process that still runs has raised the bed: two must not use one name at once. */
export function checkNotInUse(name: string): void {
  if (!existsSync(bedDir(name))) return;
  let owner: { pid: number; startTicks: string };
  try {
    ({ owner } = load(name));
  } catch {
    return; // a crash left it without a readable state
  }
  if (owner.pid !== process.pid && startTicksOf(owner.pid) === owner.startTicks) {
    throw new Error(`bed ${name} belongs to process ${owner.pid}, which runs: use another name or end it`);
  }
}

/** When a process started, in kernel ticks since boot; empty when there is none. */
export function startTicksOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
