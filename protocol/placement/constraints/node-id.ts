import type { Subject } from './expression.ts';

export const nodeId: Subject = {
  form: 'node.id',
  matches: (subject) => subject === 'node.id',
  value: (candidate) => candidate.host,
};
