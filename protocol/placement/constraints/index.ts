/** All placement filters, in the order in which a refusal is reported. To add one: its file and a line here. */
import { availability } from './availability.ts';
import { engine } from './engine.ts';
import { expression } from './expression.ts';
import type { Candidate, Filter, Item } from './filter.ts';
import { ownHost } from './own-host.ts';
import { ports } from './ports.ts';
import { quarantine } from './quarantine.ts';
import { room } from './room.ts';

const FILTERS: Filter[] = [ownHost, expression, availability, engine, quarantine, ports, room];

export function firstRefusal(candidate: Candidate, item: Item): { filter: string; reason: string } | null {
  for (const filter of FILTERS) {
    const reason = filter.refuse(candidate, item);
    if (reason !== null) return { filter: filter.name, reason };
  }
  return null;
}
