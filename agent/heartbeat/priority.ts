/** The heartbeat thread goes before everything else on the machine, where the system allows it. */
import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** Of the calling thread alone; needs root or CAP_SYS_NICE and Linux, else nothing changes. */
export function raiseThreadPriority(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (Number.isInteger(thread)) setPriority(thread, constants.priority.PRIORITY_HIGH);
  } catch {
    // Without the right to do so heartbeats still leave, only later on a starved machine.
  }
}
