/** Which names a service owns, and what each of them stands for. */
import { lowerCase } from './name.ts';
import type { RecordSet } from './record.ts';
import type { ZoneHost, ZonePort, ZoneService, ZoneTask } from './zone-view.ts';

/** One service in the zone; the object stays the same while `service` is replaced by newer news. */
export interface ServiceEntry {
  id: string;
  service: ZoneService;
  owners: Map<string, Owner>;
}

/** How a service came to a name: as `SERVICE.STACK`, by its full name, or by its name inside the stack alone. */
type Scope = 'qualified' | 'full' | 'bare';

export type ServiceSubject =
  | { kind: 'service'; entry: ServiceEntry; scope: Scope }
  | { kind: 'slot'; entry: ServiceEntry; scope: Scope; slot: string }
  /** port: a port's name or its target number */
  | { kind: 'port'; entry: ServiceEntry; scope: Scope; port: string; protocol: string };

/** What stands at a name. */
export type Subject =
  | ServiceSubject
  | { kind: 'host'; hosts: readonly ZoneHost[] }
  | { kind: 'apex' }
  | { kind: 'nameserver' }
  | { kind: 'loopback' }
  /** an address of ours, asked backwards: the labels of its name before the domain */
  | { kind: 'reverse'; name: string };

/** A subject at one name, with the record sets built for it so far. */
export interface Owner {
  subject: Subject;
  sets: Map<number, RecordSet>;
  /** the zone's epoch in which `sets` were built */
  epoch: number;
}

export const createOwner = (subject: Subject): Owner => ({ subject, sets: new Map(), epoch: 0 });

/** Labels with a meaning of their own never name a service or a stack (rule N1: reserved labels). */
const isReserved = (label: string): boolean =>
  label === 'hosts' || label === 'tasks' || label.startsWith('_') || /^\d+$/.test(label);

const isReservedSlot = (slot: string): boolean => slot === 'tasks' || slot.startsWith('_');

/** Names of the service itself, the one that other records refer to first. */
function baseNames(service: ZoneService): [name: string, scope: Scope][] {
  const name = lowerCase(service.name);
  const full = lowerCase(service.fullName);
  const stack = service.stack === undefined ? undefined : lowerCase(service.stack);
  const bases: [string, Scope][] = [];
  if (stack !== undefined && !isReserved(name) && !isReserved(stack))
    bases.push([`${name}.${stack}`, 'qualified']);
  if (!isReserved(full)) bases.push([full, 'full']);
  if (name !== full && !isReserved(name)) bases.push([name, 'bare']);
  return bases;
}

/** `SLOT.SERVICE.STACK`, the name of one task; undefined when reserved labels leave it without. */
export function taskName(service: ZoneService, slot: string): string | undefined {
  const base = baseNames(service)[0];
  const label = lowerCase(slot);
  return base === undefined || isReservedSlot(label) ? undefined : `${label}.${base[0]}`;
}

/** Labels by which a port is asked for: its name and its target number. */
export const portLabels = (port: ZonePort): string[] =>
  port.name === undefined ? [String(port.target)] : [lowerCase(port.name), String(port.target)];

/** Every name (relative to the domain) that the service owns, with its meaning. */
export function ownedNames(entry: ServiceEntry): Map<string, ServiceSubject> {
  const owned = new Map<string, ServiceSubject>();
  for (const [base, scope] of baseNames(entry.service)) {
    owned.set(base, { kind: 'service', entry, scope });
    owned.set(`tasks.${base}`, { kind: 'service', entry, scope });
    for (const task of entry.service.tasks) addTaskNames(owned, task, entry, base, scope);
  }
  return owned;
}

function addTaskNames(
  owned: Map<string, ServiceSubject>,
  task: ZoneTask,
  entry: ServiceEntry,
  base: string,
  scope: Scope,
): void {
  const slot = lowerCase(task.slot);
  if (!isReservedSlot(slot)) owned.set(`${slot}.${base}`, { kind: 'slot', entry, scope, slot });
  for (const port of task.ports)
    for (const label of portLabels(port)) {
      const subject = { kind: 'port', entry, scope, port: label, protocol: port.protocol } as const;
      owned.set(`_${label}._${port.protocol}.${base}`, subject);
    }
}

/** The tasks behind a subject, those of other slots left out. */
export function tasksOf(subject: ServiceSubject): readonly ZoneTask[] {
  const { tasks } = subject.entry.service;
  return subject.kind === 'slot' ? tasks.filter((task) => lowerCase(task.slot) === subject.slot) : tasks;
}
