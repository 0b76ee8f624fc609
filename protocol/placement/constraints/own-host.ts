import type { Filter } from './filter.ts';

/** A slot of a global service belongs to one host. */
export const ownHost: Filter = {
  name: 'host',
  refuse: (candidate, item) =>
    item.host === null || item.host === candidate.host ? null : 'the task of another host',
};
