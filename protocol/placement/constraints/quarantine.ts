import type { Filter } from './filter.ts';

/** A task that kept failing on a host is tried elsewhere for a while. */
export const quarantine: Filter = {
  name: 'quarantine',
  refuse: (candidate, item) => candidate.quarantine.get(item.slot) ?? null,
};
