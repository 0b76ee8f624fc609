/** What tells one life from the next: boots of the machine (rule C4) and starts of the agent. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KERNEL_BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** Kernel's boot id and our own marker: hosts that share a kernel (namespaces, test beds) still boot by themselves. */
export function readBootId(runDir: string): string {
  const kernel = existsSync(KERNEL_BOOT_ID) ? readFileSync(KERNEL_BOOT_ID, 'utf8').trim() : 'no-boot-id';
  const path = join(runDir, 'boot-id');
  mkdirSync(runDir, { recursive: true, mode: 0o755 });
  if (!existsSync(path)) writeFileSync(path, randomUUID());
  return `${kernel}/${readFileSync(path, 'utf8').trim()}`;
}

/**
 * A number that rises with every start of the agent: it orders the heartbeats of its lives, so that none is replayed.
 * It is kept beside the key, not in the store, which may be lost; the clock's seconds lift it should it be lost as well.
 */
export function countStart(dataDir: string, wall: number): number {
  const path = join(dataDir, 'starts');
  const last = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
  const starts = Math.max((Number.isSafeInteger(last) ? last : 0) + 1, Math.floor(wall / 1000));
  writeFileSync(`${path}.new`, `${starts}\n`);
  renameSync(`${path}.new`, path);
  return starts;
}
