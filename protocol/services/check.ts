/** Is this specification one that shoal can run? One line that says what is not, or null. */
import { parseConstraint } from '../placement/constraints/expression.ts';
import type { ServiceSpec } from '../spec.ts';
import {
  dictionary,
  integer,
  list,
  object,
  oneOf,
  optional,
  plain,
  ShapeError,
  text,
} from '../wire/shape.ts';

const MAX_REPLICAS = 10_000;
/** as many as a claim can hold */
const MAX_PORTS = 200;
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;
/** Names that DNS keeps for itself (rule N1). */
const RESERVED = new Set(['hosts', 'tasks']);

const amount = object({ NanoCPUs: optional(integer()), MemoryBytes: optional(integer()) });
const shape = object({
  Name: text(63),
  Labels: optional(dictionary(text(4096), 200)),
  TaskTemplate: object({
    ContainerSpec: object({
      Image: text(500),
      Command: optional(list(text(32_768))),
      Args: optional(list(text(32_768))),
      Env: optional(list(text(32_768))),
      Labels: optional(dictionary(text(4096))),
    }),
    Resources: optional(object({ Limits: optional(amount), Reservations: optional(amount) })),
    RestartPolicy: optional(object({ Condition: optional(oneOf('none', 'on-failure', 'any')) })),
    Placement: optional(object({ Constraints: optional(list(text(500))) })),
  }),
  Mode: optional(
    object({ Replicated: optional(object({ Replicas: integer(0, MAX_REPLICAS) })), Global: optional(plain) }),
  ),
  EndpointSpec: optional(
    object({
      Ports: optional(
        list(
          object({
            Protocol: optional(oneOf('tcp', 'udp')),
            TargetPort: integer(1, 65_535),
            PublishedPort: optional(integer(0, 65_535)),
            PublishMode: optional(oneOf('host', 'ingress')),
          }),
          MAX_PORTS,
        ),
      ),
    }),
  ),
});

/** Checks untrusted JSON. Returns it as a specification, or the one line. */
export function checkSpec(value: unknown): { spec: ServiceSpec } | { why: string } {
  try {
    const checked = shape(value, '');
    const why = checkNames(checked.Name, checked.TaskTemplate.ContainerSpec.Image);
    if (why) return { why };
    for (const constraint of checked.TaskTemplate.Placement?.Constraints ?? []) {
      const parsed = parseConstraint(constraint);
      if ('why' in parsed) return { why: `service ${checked.Name}: ${parsed.why}` };
    }
    const ingress = checked.EndpointSpec?.Ports?.find((port) => port.PublishMode !== 'host');
    if (ingress) {
      return {
        why: `service ${checked.Name}: port ${ingress.TargetPort}: only PublishMode "host" is supported`,
      };
    }
    return { spec: value as ServiceSpec };
  } catch (error) {
    if (error instanceof ShapeError) return { why: `service specification: ${error.message}` };
    throw error;
  }
}

/** Whether a specification that came as rows can be worked with; a later version may allow more than `checkSpec`. */
export function isReadable(value: unknown): value is ServiceSpec {
  try {
    const { Name, TaskTemplate } = shape(value, '');
    return checkNames(Name, TaskTemplate.ContainerSpec.Image) === null;
  } catch (error) {
    if (error instanceof ShapeError) return false;
    throw error;
  }
}

function checkNames(name: string, image: string): string | null {
  if (!NAME.test(name))
    return `service name '${name}': use letters, digits, '_', '.' or '-', at most 63 characters`;
  if (RESERVED.has(name) || /^\d+$/.test(name))
    return `service name '${name}' is reserved by DNS: choose another`;
  if (image === '') return `service ${name}: no image`;
  return null;
}
