import { pick } from '../event.ts';
import { commanding, NAMES } from './command.ts';

export const remove = commanding('remove', (_mesh, random) => ({
  command: 'removeServices',
  services: [pick(random, NAMES)],
}));
