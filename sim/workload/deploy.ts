import { nextBelow, nextFraction, type Random } from '../../protocol/random.ts';
import type { ServiceSpec } from '../../protocol/spec.ts';
import { pick } from '../event.ts';
import { serviceSpec } from '../mesh.ts';
import { commanding, NAMES } from './command.ts';
import { IMAGES } from './images.ts';

export const deploy = commanding('deploy', (_mesh, random) => ({
  command: 'deploy',
  stack: null,
  services: [randomSpec(random, pick(random, NAMES))],
}));

function randomSpec(random: Random, name: string): ServiceSpec {
  const healthcheck = nextFraction(random) < 0.5 ? { Healthcheck: { Test: ['CMD', 'true'] } } : {};
  const ports = nextFraction(random) < 0.7 ? [{ TargetPort: 80, PublishMode: 'host' as const }] : [];
  return serviceSpec(name, nextBelow(random, 7), {
    TaskTemplate: { ContainerSpec: { Image: pick(random, IMAGES), ...healthcheck } },
    EndpointSpec: { Ports: ports },
    ...(nextFraction(random) < 0.2 && { Mode: { Global: {} } }),
  });
}
