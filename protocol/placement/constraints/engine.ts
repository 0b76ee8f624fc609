import type { Filter } from './filter.ts';

export const engine: Filter = {
  name: 'engine',
  refuse: (candidate) => (candidate.engineUp ? null : 'its container engine does not answer'),
};
