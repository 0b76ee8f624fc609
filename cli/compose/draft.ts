/** What the keys of a compose file say, typed, before it becomes Docker's ServiceSpec. Absent = not written. */
import type { Healthcheck, PortConfig, ResourceAmount, RestartPolicy } from '../../protocol/spec.ts';
import type { Position } from './position.ts';

export interface ProjectDraft {
  name?: string;
  services: Map<string, ServiceDraft>;
}

/** null: take the caller's value when the container starts without one, i.e. remove it from the image's environment. */
export type Variables = Map<string, string | null>;

export interface ServiceDraft {
  at: Position;
  image?: string;
  entrypoint?: string[];
  command?: string[];
  environment?: Variables;
  ports?: PortConfig[];
  healthcheck?: HealthcheckDraft;
  labels?: Map<string, string>;
  restart?: RestartPolicy;
  init?: boolean;
  stopGraceNanos?: number;
  stopSignal?: string;
  user?: string;
  workingDir?: string;
  hostname?: string;
  deploy?: DeployDraft;
}

export interface HealthcheckDraft extends Healthcheck {
  disable?: boolean;
}

export interface DeployDraft {
  mode?: 'replicated' | 'global';
  replicas?: { count: number; at: Position };
  labels?: Map<string, string>;
  resources?: { limits?: ResourceAmount; reservations?: ResourceAmount };
  placement?: { constraints?: string[] };
  restart?: RestartPolicy;
}
