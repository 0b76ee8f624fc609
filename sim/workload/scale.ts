import { nextBelow } from '../../protocol/random.ts';
import { pick } from '../event.ts';
import { commanding, NAMES } from './command.ts';

export const scale = commanding('scale', (_mesh, random) => ({
  command: 'scale',
  service: pick(random, NAMES),
  replicas: nextBelow(random, 8),
}));
