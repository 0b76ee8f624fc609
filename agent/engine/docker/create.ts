import type Dockerode from 'dockerode';
import type { ContainerPlan } from '../../../protocol/engine.ts';
import type { Labels } from '../owner.ts';

/** The plan in the words of Docker's create call. What the plan leaves open stays with the image and the engine. */
export function createOptions(plan: ContainerPlan, labels: Labels): Dockerode.ContainerCreateOptions {
  const keys = plan.ports.map(({ target, protocol }) => `${target}/${protocol}`);
  return {
    name: plan.name,
    Image: plan.image,
    Entrypoint: plan.command,
    Cmd: plan.args,
    Env: plan.env,
    Labels: labels,
    Hostname: plan.hostname,
    WorkingDir: plan.workingDir,
    User: plan.user,
    StopSignal: plan.stopSignal,
    Healthcheck: plan.healthcheck,
    ExposedPorts: Object.fromEntries(keys.map((key) => [key, {}])),
    HostConfig: {
      // the agent decides about restarts (rule C11): an engine that restarted would work against it
      RestartPolicy: { Name: 'no' },
      PortBindings: portBindings(plan),
      NanoCpus: plan.nanoCpus,
      Memory: plan.memoryBytes,
      Init: plan.init,
      Dns: plan.dns,
      DnsSearch: plan.dnsSearch,
    },
  };
}

/** One target may be published under several numbers. An empty HostPort lets the engine choose. */
function portBindings({ ports }: ContainerPlan): Record<string, { HostPort: string }[]> {
  const bindings: Record<string, { HostPort: string }[]> = {};
  for (const { target, protocol, published } of ports) {
    const key = `${target}/${protocol}`;
    bindings[key] ??= [];
    bindings[key].push({ HostPort: published === 0 ? '' : String(published) });
  }
  return bindings;
}
