/**
 * One service as Docker's ServiceSpec, the way `docker stack deploy` translates it. Deterministic to the byte: keys
 * stand in one order, maps are sorted, absent things stay absent, so that deploying a file again changes nothing.
 */
import {
  type ContainerTemplate,
  type Healthcheck,
  type PortConfig,
  type ResourceAmount,
  type RestartPolicy,
  type ServiceSpec,
  STACK_LABEL,
  type TaskTemplate,
} from '../../protocol/spec.ts';
import type { DeployDraft, HealthcheckDraft, ServiceDraft, Variables } from './draft.ts';

const IMAGE_LABEL = 'com.docker.stack.image';

/** Code unit order: the same on every machine, whatever its language. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const defined = <T extends object>(object: T): T => {
  for (const key of Object.keys(object))
    if (Reflect.get(object, key) === undefined) Reflect.deleteProperty(object, key);
  return object;
};

const sortedLabels = (
  labels: Map<string, string> | undefined,
  ...more: [string, string][]
): Record<string, string> =>
  Object.fromEntries([...new Map([...(labels ?? []), ...more])].sort(([a], [b]) => byText(a, b)));

/** A name without a value takes that variable out of the image's environment. */
const environment = (variables: Variables | undefined): string[] | undefined =>
  variables?.size
    ? [...variables].map(([name, value]) => (value === null ? name : `${name}=${value}`)).sort(byText)
    : undefined;

const HEX_ID = /^(sha256:)?[0-9a-f]{64}$/;

/** Docker's client shortens names of its own registry and adds the tag `latest`; ids stay as they are. */
export const familiarImage = (image: string): string => {
  if (HEX_ID.test(image)) return image;
  const short = image.replace(/^(index\.)?docker\.io\//, '').replace(/^library\/(?=[^/]+$)/, '');
  const isPinned = short.includes('@') || /:[^/]+$/.test(short);
  return isPinned ? short : `${short}:latest`;
};

const healthcheck = (draft: HealthcheckDraft | undefined): Healthcheck | undefined => {
  if (!draft) return undefined;
  if (draft.disable) return { Test: ['NONE'] };
  const { Test, Interval, Timeout, StartPeriod, Retries } = draft;
  return defined({ Test, Interval, Timeout, StartPeriod, Retries });
};

const someWords = (words: string[] | undefined): string[] | undefined => (words?.length ? words : undefined);

const container = (stack: string, image: string, draft: ServiceDraft): ContainerTemplate =>
  defined({
    Image: familiarImage(image),
    Labels: sortedLabels(draft.labels, [STACK_LABEL, stack]),
    Command: someWords(draft.entrypoint),
    Args: someWords(draft.command),
    Hostname: draft.hostname,
    Env: environment(draft.environment),
    Dir: draft.workingDir,
    User: draft.user,
    Init: draft.init,
    StopSignal: draft.stopSignal,
    StopGracePeriod: draft.stopGraceNanos,
    Healthcheck: healthcheck(draft.healthcheck),
  });

/** Field by field, since the order of the file must not show. */
const amount = (draft: ResourceAmount | undefined): ResourceAmount | undefined =>
  draft && defined({ NanoCPUs: draft.NanoCPUs, MemoryBytes: draft.MemoryBytes });

const restartPolicy = (draft: RestartPolicy | undefined): RestartPolicy | undefined =>
  draft && defined({ Condition: draft.Condition, MaxAttempts: draft.MaxAttempts });

const task = (stack: string, image: string, draft: ServiceDraft): TaskTemplate => {
  const { resources, placement, restart }: DeployDraft = draft.deploy ?? {};
  const constraints = placement?.constraints;
  return defined({
    ContainerSpec: container(stack, image, draft),
    Resources: defined({ Limits: amount(resources?.limits), Reservations: amount(resources?.reservations) }),
    RestartPolicy: restartPolicy(restart ?? draft.restart),
    Placement: constraints?.length ? { Constraints: constraints } : {},
  });
};

const byPublished = (a: PortConfig, b: PortConfig): number =>
  (a.PublishedPort ?? 0) - (b.PublishedPort ?? 0) ||
  a.TargetPort - b.TargetPort ||
  byText(a.Protocol ?? '', b.Protocol ?? '');

/** `draft.image` must be known; the caller has checked it. */
export const convertService = (
  stack: string,
  name: string,
  image: string,
  draft: ServiceDraft,
): ServiceSpec => {
  const { mode, replicas, labels }: DeployDraft = draft.deploy ?? {};
  return {
    Name: `${stack}_${name}`,
    Labels: sortedLabels(labels, [STACK_LABEL, stack], [IMAGE_LABEL, image]),
    TaskTemplate: task(stack, image, draft),
    Mode: mode === 'global' ? { Global: {} } : { Replicated: { Replicas: replicas?.count ?? 1 } },
    EndpointSpec: draft.ports?.length ? { Ports: draft.ports.toSorted(byPublished) } : {},
  };
};
