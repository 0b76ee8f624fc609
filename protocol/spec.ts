/**
 * Docker's own ServiceSpec (Engine API, swarm mode), as far as the core reads it. Everything else a client sends
 * is kept as it is and served back: unknown keys ride along in the index signatures.
 */
export interface ServiceSpec {
  Name: string;
  Labels?: Record<string, string>;
  TaskTemplate: TaskTemplate;
  Mode?: ServiceMode;
  UpdateConfig?: Record<string, unknown>;
  RollbackConfig?: Record<string, unknown>;
  EndpointSpec?: EndpointSpec;
  Networks?: unknown[];
  [key: string]: unknown;
}

export interface ServiceMode {
  Replicated?: { Replicas: number };
  Global?: Record<string, never>;
  [key: string]: unknown;
}

export interface TaskTemplate {
  ContainerSpec: ContainerTemplate;
  Resources?: { Limits?: ResourceAmount; Reservations?: ResourceAmount; [key: string]: unknown };
  RestartPolicy?: RestartPolicy;
  Placement?: { Constraints?: string[]; [key: string]: unknown };
  ForceUpdate?: number;
  [key: string]: unknown;
}

/** NanoCPUs: 10^9 = one core; MemoryBytes: bytes. */
export interface ResourceAmount {
  NanoCPUs?: number;
  MemoryBytes?: number;
  [key: string]: unknown;
}

/** Delay and Window in nanoseconds, as everywhere in Docker's API. Condition defaults to 'any'. */
export interface RestartPolicy {
  Condition?: 'none' | 'on-failure' | 'any';
  Delay?: number;
  MaxAttempts?: number;
  Window?: number;
  [key: string]: unknown;
}

/** Command replaces the image's entrypoint, Args its command. Env as KEY=VALUE. StopGracePeriod in nanoseconds. */
export interface ContainerTemplate {
  Image: string;
  Command?: string[];
  Args?: string[];
  Env?: string[];
  Labels?: Record<string, string>;
  Hostname?: string;
  Dir?: string;
  User?: string;
  Init?: boolean;
  StopSignal?: string;
  StopGracePeriod?: number;
  Healthcheck?: Healthcheck;
  [key: string]: unknown;
}

/** Docker's HealthConfig: Test is ['NONE'], ['CMD', ...] or ['CMD-SHELL', text]; durations in nanoseconds. */
export interface Healthcheck {
  Test?: string[];
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  Retries?: number;
  [key: string]: unknown;
}

interface EndpointSpec {
  Mode?: string;
  Ports?: PortConfig[];
  [key: string]: unknown;
}

/** PublishedPort absent or 0: the engine chooses one. PublishMode 'host' binds it on the task's own host. */
export interface PortConfig {
  Name?: string;
  Protocol?: 'tcp' | 'udp';
  TargetPort: number;
  PublishedPort?: number;
  PublishMode?: 'host' | 'ingress';
  [key: string]: unknown;
}

export const STACK_LABEL = 'com.docker.stack.namespace';
