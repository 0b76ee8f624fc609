/** Several compose files as one: later files win key by key, lists of ports and constraints grow. */
import type { PortConfig } from '../../protocol/spec.ts';
import type { DeployDraft, HealthcheckDraft, ProjectDraft, ServiceDraft } from './draft.ts';

/** Fields of `over` that are set replace those of `base`. Both absent: absent. */
const overlay = <T extends object>(base: T | undefined, over: T | undefined): T | undefined =>
  base && over ? { ...base, ...over } : (over ?? base);

const overlayMap = <T>(
  base: Map<string, T> | undefined,
  over: Map<string, T> | undefined,
): Map<string, T> | undefined => (base && over ? new Map([...base, ...over]) : (over ?? base));

const portId = (port: PortConfig): string =>
  `${port.TargetPort}/${port.Protocol}/${port.PublishedPort ?? ''}`;

const mergePorts = (
  base: PortConfig[] | undefined,
  over: PortConfig[] | undefined,
): PortConfig[] | undefined =>
  base && over
    ? [...new Map([...base, ...over].map((port) => [portId(port), port])).values()]
    : (over ?? base);

/** `disable: false` beside a test of the other file means that test. */
const mergeHealthcheck = (
  base: HealthcheckDraft | undefined,
  over: HealthcheckDraft | undefined,
): HealthcheckDraft | undefined => {
  const merged = overlay(base, over);
  if (merged && over?.Test) merged.disable = over.disable ?? false;
  return merged;
};

const mergeDeploy = (
  base: DeployDraft | undefined,
  over: DeployDraft | undefined,
): DeployDraft | undefined => {
  if (!base || !over) return over ?? base;
  const constraints = [...(base.placement?.constraints ?? []), ...(over.placement?.constraints ?? [])];
  return {
    ...base,
    ...over,
    labels: overlayMap(base.labels, over.labels),
    placement: { constraints: [...new Set(constraints)] },
    resources: {
      limits: overlay(base.resources?.limits, over.resources?.limits),
      reservations: overlay(base.resources?.reservations, over.resources?.reservations),
    },
    restart: overlay(base.restart, over.restart),
  };
};

const mergeService = (base: ServiceDraft, over: ServiceDraft): ServiceDraft => ({
  ...base,
  ...over,
  at: base.at,
  environment: overlayMap(base.environment, over.environment),
  labels: overlayMap(base.labels, over.labels),
  ports: mergePorts(base.ports, over.ports),
  healthcheck: mergeHealthcheck(base.healthcheck, over.healthcheck),
  deploy: mergeDeploy(base.deploy, over.deploy),
});

export const mergeProjects = (base: ProjectDraft, over: ProjectDraft): ProjectDraft => {
  const services = new Map(base.services);
  for (const [name, service] of over.services) {
    const earlier = services.get(name);
    services.set(name, earlier ? mergeService(earlier, service) : service);
  }
  return { name: over.name ?? base.name, services };
};
