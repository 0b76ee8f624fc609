/** A container of somebody else, on a host port that services ask for. */
import { FIXED_PORT } from '../workload/images.ts';
import { lasting } from './lasting.ts';

export const foreign = lasting({
  what: 'foreign',
  leastMs: 5000,
  mostMs: 90000,
  begin: ({ engine }) => void engine.foreign.set('nginx', [FIXED_PORT]),
  end: ({ engine }) => void engine.foreign.delete('nginx'),
});
