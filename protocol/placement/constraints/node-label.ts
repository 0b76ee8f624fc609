import type { Subject } from './expression.ts';

const PREFIX = 'node.labels.';

export const nodeLabel: Subject = {
  form: 'node.labels.NAME',
  matches: (subject) => subject.startsWith(PREFIX) && subject.length > PREFIX.length,
  value: (candidate, subject) => candidate.labels[subject.slice(PREFIX.length)] ?? '',
};
