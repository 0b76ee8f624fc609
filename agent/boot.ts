/** What tells one boot of the machine from the next (rule C4): a reboot empties the run folder. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
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
