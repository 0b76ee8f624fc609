/** One task on each host, on the host port that it insists on: its update must stop the old one first. */
import { pick } from '../event.ts';
import { serviceSpec } from '../mesh.ts';
import { commanding } from './command.ts';
import { FIXED_PORT, IMAGES } from './images.ts';

export const deployGlobal = commanding('deploy-global', (_mesh, random) => ({
  command: 'deploy',
  stack: null,
  services: [
    serviceSpec('gate', 1, {
      TaskTemplate: { ContainerSpec: { Image: pick(random, IMAGES) } },
      Mode: { Global: {} },
      EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: FIXED_PORT, PublishMode: 'host' }] },
    }),
  ],
}));
