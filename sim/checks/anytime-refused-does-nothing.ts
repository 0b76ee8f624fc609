import type { Host } from '../host.ts';
import type { Check } from './check.ts';

/** A command that was refused left no trace on that host's disk. One that timed out may have been carried out. */
export const refusedDoesNothing: Check = {
  name: 'refused means nothing was done',
  when: 'anytime',
  source: 'A1',
  look: () => [],
  answered: (_mesh, _memory, { host, command, result, isAlone, diskBefore }) =>
    result.ok || result.failure.code === 'TIMED_OUT' || !isAlone || operatorRowsOf(host) === diskBefore
      ? []
      : [`${host.name} refused ${command.command} (${result.failure.code}), yet it wrote`],
};

/** The operators' rows that were written through this host, as its disk holds them. */
export function operatorRowsOf(host: Host): string {
  let text = '';
  for (const [key, row] of host.disk.rows) {
    if (row.origin === host.id && (row.kind === 'service' || row.kind === 'node'))
      text += ` ${key} ${row.seq}`;
  }
  return text;
}
