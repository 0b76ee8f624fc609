/** Hosts are drained and made active again. */
import { nextFraction } from '../../protocol/random.ts';
import { pick } from '../event.ts';
import { commanding } from './command.ts';

export const availability = commanding('availability', (mesh, random) => ({
  command: 'setAvailability',
  host: pick(random, mesh.hosts).name,
  availability: nextFraction(random) < 0.4 ? 'drain' : 'active',
}));
