/** The generation of a service: what its containers are made of, as a pair of stamps (rule C1). */
import { latest, type Table } from '../crdt/table.ts';
import { stampText } from '../time.ts';

/**
 * `max-min` of the stamps of task template and host ports. Replicas, labels and other ports never change it. Two texts
 * compare as the generations do, and a merge is above both its sources.
 */
export type Generation = string;

export const TASK_GROUP = 'TaskTemplate';
/** Ports published on the task's own host are part of the container, unlike the rest of EndpointSpec. */
export const HOST_PORTS_GROUP = 'HostPorts';

const NEVER = '0'.repeat(25);

/** By the rows held here; '' before the task template has arrived. */
export function currentGeneration(table: Table, service: string): Generation {
  const task = latest(table, 'service', service, TASK_GROUP);
  if (!task) return '';
  const ports = latest(table, 'service', service, HOST_PORTS_GROUP);
  const a = stampText(task.row.hlc, task.row.origin);
  const b = ports ? stampText(ports.row.hlc, ports.row.origin) : NEVER;
  return a >= b ? `${a}-${b}` : `${b}-${a}`;
}
