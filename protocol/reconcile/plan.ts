/** Service specification and slot -> the container to create. */
import type { ContainerPlan, PortPlan } from '../engine.ts';
import { hostName } from '../membership/view.ts';
import { slotIndex } from '../placement/slot.ts';
import { hostPortsOf, isGlobal, type Service, shortName } from '../services/read.ts';
import type { State } from '../state.ts';
import type { Millis } from '../time.ts';
import { claimId, type Work } from './local.ts';

const NANOS_PER_MS = 1e6;

export function containerPlan(state: State, service: Service, work: Work): ContainerPlan {
  const task = service.spec.TaskTemplate;
  const template = task.ContainerSpec;
  const { domain } = state.config;
  const own = ownLabels(state, service, work);
  return {
    name: work.container,
    claim: claimId(work.slot, work.generation),
    image: template.Image,
    command: template.Command,
    args: template.Args,
    env: [...ownEnvironment(own, template.Env ?? []), ...(template.Env ?? [])],
    labels: { ...template.Labels, ...own },
    ports: portPlans(service),
    healthcheck: template.Healthcheck,
    nanoCpus: task.Resources?.Limits?.NanoCPUs,
    memoryBytes: task.Resources?.Limits?.MemoryBytes,
    stopSignal: template.StopSignal,
    hostname: template.Hostname,
    workingDir: template.Dir,
    user: template.User,
    init: template.Init,
    dns: state.config.containerDns,
    dnsSearch: state.config.containerDns.length === 0 ? [] : searchDomains(service, domain),
  };
}

/** Plain `db` finds the own stack's `db` first, then any. */
const searchDomains = (service: Service, domain: string): string[] =>
  service.stack ? [`${service.stack}.${domain}`, domain] : [domain];

function ownLabels(state: State, service: Service, work: Work): Record<string, string> {
  const index = isGlobal(service.spec) ? hostName(state, state.self) : slotIndex(work.slot);
  return {
    'shoal.service': service.name,
    'shoal.service.id': service.id,
    'shoal.task': `${shortName(service)}.${index}`,
    'shoal.node': hostName(state, state.self),
    ...(service.stack ? { 'com.docker.stack.namespace': service.stack } : {}),
  };
}

/** So that a container can say which task it is and where; what the service sets itself wins. */
function ownEnvironment(labels: Record<string, string>, given: string[]): string[] {
  const own = { SHOAL_TASK: labels['shoal.task'], SHOAL_HOST: labels['shoal.node'] };
  const isGiven = (name: string): boolean =>
    given.some((entry) => entry === name || entry.startsWith(`${name}=`));
  return Object.entries(own).flatMap(([name, value]) => (isGiven(name) ? [] : [`${name}=${value}`]));
}

const portPlans = (service: Service): PortPlan[] =>
  hostPortsOf(service.spec).map((port) => ({
    protocol: port.Protocol ?? 'tcp',
    target: port.TargetPort,
    published: port.PublishedPort ?? 0,
  }));

export const stopGraceOf = (state: State, service: Service): Millis => {
  const nanos = service.spec.TaskTemplate.ContainerSpec.StopGracePeriod;
  return nanos === undefined ? state.config.tunables.stopGraceMs : nanos / NANOS_PER_MS;
};

/** A container may take this long from its start until it must be healthy. */
export const startAllowanceMs = (state: State, service: Service): Millis =>
  state.config.tunables.startDeadlineMs +
  (service.spec.TaskTemplate.ContainerSpec.Healthcheck?.StartPeriod ?? 0) / NANOS_PER_MS;
