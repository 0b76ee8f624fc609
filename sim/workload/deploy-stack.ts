/** Two services in one command, all or nothing. */
import { nextBelow } from '../../protocol/random.ts';
import { pick } from '../event.ts';
import { serviceSpec } from '../mesh.ts';
import { commanding } from './command.ts';
import { IMAGES } from './images.ts';

export const deployStack = commanding('deploy-stack', (_mesh, random) => ({
  command: 'deploy',
  stack: 'shop',
  services: ['front', 'back'].map((name) =>
    serviceSpec(`shop_${name}`, 1 + nextBelow(random, 4), {
      TaskTemplate: { ContainerSpec: { Image: pick(random, IMAGES) } },
    }),
  ),
}));
