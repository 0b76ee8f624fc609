/** The translation against what `docker stack deploy` itself posts: recorded once, see the file's `about`. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ServiceSpec } from '../../../protocol/spec.ts';
import { load } from './load-text.ts';

interface Recorded {
  cases: { name: string; yaml: string[]; specs: ServiceSpec[] }[];
}

const recorded: Recorded = JSON.parse(
  readFileSync(new URL('docker-stack-deploy.json', import.meta.url), 'utf8'),
);
const env = { HOME: '/root', CALLER: 'from the caller', EMPTY: '' };

/** What shoal does on purpose otherwise: ports are published on the task's host, one replica is written out, and
 * the client's empty rests (networks of Swarm, privileges, ForceUpdate) are left out. */
const asShoal = (spec: ServiceSpec): ServiceSpec => {
  const copy = structuredClone(spec);
  delete copy.TaskTemplate.Networks;
  delete copy.TaskTemplate.ForceUpdate;
  delete copy.TaskTemplate.ContainerSpec.Privileges;
  if (copy.Mode?.Replicated) copy.Mode.Replicated.Replicas ??= 1;
  for (const port of copy.EndpointSpec?.Ports ?? []) port.PublishMode = 'host';
  return copy;
};

const byName = (a: ServiceSpec, b: ServiceSpec): number => (a.Name < b.Name ? -1 : 1);

describe('translates as docker stack deploy does', () => {
  it.each(recorded.cases)('$name', ({ yaml, specs }) => {
    const { services } = load(yaml.join('\n'), { env });
    expect(services.toSorted(byName)).toEqual(specs.map(asShoal));
  });

  it.each(recorded.cases)('$name, to the same bytes each time', ({ yaml }) => {
    const bytes = () => JSON.stringify(load(yaml.join('\n'), { env }).services);
    expect(bytes()).toBe(bytes());
  });

  it('does not depend on the order of keys', () => {
    const limits = (keys: string): string =>
      JSON.stringify(load(`services: {web: {image: b, deploy: {resources: {limits: {${keys}}}}}}`).services);
    expect(limits("cpus: '1', memory: 1g")).toBe(limits("memory: 1g, cpus: '1'"));
    const environment = (keys: string): string =>
      JSON.stringify(load(`services: {web: {image: b, environment: {${keys}}, labels: {${keys}}}}`).services);
    expect(environment('A: 1, B: 2')).toBe(environment('B: 2, A: 1'));
  });
});
