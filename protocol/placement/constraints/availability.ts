import type { Filter } from './filter.ts';

export const availability: Filter = {
  name: 'availability',
  refuse: (candidate) => (candidate.drained ? 'is drained' : null),
};
