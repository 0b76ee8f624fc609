/** Labels of hosts are set and taken away. */
import { nextFraction } from '../../protocol/random.ts';
import { pick } from '../event.ts';
import { commanding } from './command.ts';

export const label = commanding('label', (mesh, random) => {
  const key = pick(random, ['zone', 'disk']);
  const isSet = nextFraction(random) < 0.7;
  return {
    command: 'setHostLabels',
    host: pick(random, mesh.hosts).name,
    set: isSet ? { [key]: pick(random, ['a', 'b']) } : {},
    remove: isSet ? [] : [key],
  };
});
