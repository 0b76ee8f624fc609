/** What operators do in a run, through any host. */
import type { Command } from '../protocol/input.ts';
import { nextBelow, nextFraction, type Random } from '../protocol/random.ts';
import type { ImageModel } from '../protocol/rehearse/engine.ts';
import type { ServiceSpec } from '../protocol/spec.ts';
import { pick } from './faults.ts';
import { command, type Mesh, serviceSpec } from './mesh.ts';

const NAMES = ['web', 'api', 'db', 'queue'];
const IMAGES = ['web:1', 'web:2', 'slow:1', 'slow:2'];

/** `slow` takes its time to be pulled and to become healthy. */
export const imageModel = (name: string): Partial<ImageModel> =>
  name.startsWith('slow') ? { pullMs: 4_000, healthyMs: 3_000, startMs: 600 } : {};

/** Gives a random command to a random host; returns one line for the timeline. */
export function giveCommand(mesh: Mesh, random: Random): string {
  const host = pick(random, mesh.hosts);
  const what = randomCommand(mesh, random);
  if (!host.agent) return `${host.name} has no agent`;
  command(mesh, host, what);
  return `${host.name}: ${textOf(what)}`;
}

function randomCommand(mesh: Mesh, random: Random): Command {
  const dice = nextFraction(random);
  const name = pick(random, NAMES);
  if (dice < 0.5) return { command: 'deploy', stack: null, services: [randomSpec(random, name)] };
  if (dice < 0.75) return { command: 'scale', service: name, replicas: nextBelow(random, 8) };
  if (dice < 0.85) return { command: 'removeServices', services: [name] };
  const availability = nextFraction(random) < 0.4 ? 'drain' : 'active';
  return { command: 'setAvailability', host: pick(random, mesh.hosts).name, availability };
}

function randomSpec(random: Random, name: string): ServiceSpec {
  const healthcheck = nextFraction(random) < 0.5 ? { Healthcheck: { Test: ['CMD', 'true'] } } : {};
  const ports = nextFraction(random) < 0.7 ? [{ TargetPort: 80, PublishMode: 'host' as const }] : [];
  return serviceSpec(name, nextBelow(random, 7), {
    TaskTemplate: { ContainerSpec: { Image: pick(random, IMAGES), ...healthcheck } },
    EndpointSpec: { Ports: ports },
    ...(nextFraction(random) < 0.2 && { Mode: { Global: {} } }),
  });
}

const textOf = (what: Command): string =>
  what.command === 'deploy'
    ? `deploy ${what.services.map((s) => `${s.Name} ${s.TaskTemplate.ContainerSpec.Image} ${JSON.stringify(s.Mode)}`).join()}`
    : Object.values(what).join(' ');
