import type { Subject } from './expression.ts';

export const nodeHostname: Subject = {
  form: 'node.hostname',
  matches: (subject) => subject === 'node.hostname',
  value: (candidate) => candidate.name,
};
