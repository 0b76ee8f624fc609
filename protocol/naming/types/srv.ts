/** SRV (RFC 2782): port and task, for askers that can use a port which is not fixed. */
import { type Endpoint, pickServing } from '../endpoint.ts';
import { encodeName } from '../name.ts';
import { portLabels, type ServiceSubject, taskName, tasksOf } from '../owners.ts';
import type { ZoneRecord } from '../record.ts';
import type { Zone } from '../zone.ts';
import type { ZoneTask } from '../zone-view.ts';
import { addressBytes } from './a.ts';
import type { RecordType } from './record-type.ts';

const PRIORITY = 0;
/** equal and not zero: clients treat a weight of zero as "hardly ever" */
const WEIGHT = 1;
const TARGET_AT = 6;

export const srv: RecordType = {
  code: 33,
  name: 'SRV',
  records: (zone, subject, near) =>
    subject.kind === 'port'
      ? pickServing(zone, tasksOf(subject), near, (at, task) => taskRecords(zone, subject, at, task))
      : [],
};

/** The target is the task's own name, whose address fits the asker in the same way as the port. */
function taskRecords(
  zone: Zone,
  subject: Extract<ServiceSubject, { kind: 'port' }>,
  at: Endpoint,
  task: ZoneTask,
): ZoneRecord[] {
  const name = taskName(subject.entry.service, task.slot);
  const target = name === undefined ? undefined : encodeName(`${name}.${zone.domain}`);
  if (target === undefined) return [];
  return task.ports
    .filter((port) => port.protocol === subject.protocol && portLabels(port).includes(subject.port))
    .map((port) => at.portOf(port))
    .filter((port) => port > 0)
    .map((port) => ({
      // RFC 2782 forbids compressing the target, so it is part of the bytes
      parts: [Uint8Array.of(0, PRIORITY, 0, WEIGHT, port >>> 8, port), target],
      text: `${PRIORITY} ${WEIGHT} ${port} ${name}.${zone.domain}.`,
      near: at.near,
      glue: { at: TARGET_AT, addresses: addressBytes(at.address) },
    }));
}
