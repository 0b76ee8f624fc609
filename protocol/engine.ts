/** What the core asks of a container engine, and what an engine tells it. Results are events, never promises. */
import type { Healthcheck } from './spec.ts';

/** Names one claim: `${slot}|${generation}`; the container carries it in the label `shoal.claim`. */
export type ClaimId = string;

export type EngineOp =
  /** make the image present; answers `pulled` or `pullFailed` */
  | { op: 'pull'; image: string }
  /** create and start; answers `started` or `startFailed`; a container of that name that is ours is adopted */
  | { op: 'start'; container: ContainerPlan }
  /** stop with grace, kill, remove; answers `gone`; idempotent, retried by the engine until done */
  | { op: 'stop'; name: string; claim: ClaimId; graceMs: number }
  /** list every container of ours again; answers `inventory` */
  | { op: 'inventory' };

/** One container to create. Restart policy is always Docker's `no`: the agent decides about restarts (rule C11). */
export interface ContainerPlan {
  name: string;
  claim: ClaimId;
  image: string;
  /** replaces the image's entrypoint when given */
  command?: string[];
  /** replaces the image's command when given */
  args?: string[];
  env: string[];
  /** everything the container is labelled with; the engine adds `shoal.mesh`, `shoal.host`, `shoal.claim` */
  labels: Record<string, string>;
  ports: PortPlan[];
  healthcheck?: Healthcheck;
  /** limits: cores in 10^-9, bytes */
  nanoCpus?: number;
  memoryBytes?: number;
  stopSignal?: string;
  hostname?: string;
  workingDir?: string;
  user?: string;
  init?: boolean;
  /** resolver addresses and search domains for the container */
  dns: string[];
  dnsSearch: string[];
}

/** published 0: the engine picks a free port. */
export interface PortPlan {
  protocol: 'tcp' | 'udp';
  target: number;
  published: number;
}

export interface ObservedContainer {
  /** the engine's own id */
  id: string;
  name: string;
  claim: ClaimId;
  state: 'created' | 'running' | 'exited';
  health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  exitCode?: number;
  oomKilled?: boolean;
  /** the container's own address on its network, reachable from its own host */
  address?: string;
  /** real published ports, after the engine has chosen */
  ports: PortPlan[];
}

export interface EngineInfo {
  kind: 'docker' | 'process' | 'none';
  version: string;
  /** changes whenever the engine starts anew (rule C4) */
  startId: string;
  os: string;
  arch: string;
  memoryBytes: number;
  nanoCpus: number;
}

export type EngineEvent =
  | { event: 'up'; info: EngineInfo }
  | { event: 'down'; reason: string }
  /** complete list of ours; sent after `up`, after a gap in the event stream, and when asked */
  | { event: 'inventory'; containers: ObservedContainer[] }
  | { event: 'pulled'; image: string }
  | { event: 'pullFailed'; image: string; reason: string }
  | { event: 'started'; container: ObservedContainer }
  | { event: 'startFailed'; claim: ClaimId; reason: string }
  /** state or health of one of ours changed (died, became healthy ...) */
  | { event: 'changed'; container: ObservedContainer }
  /** one of ours no longer exists */
  | { event: 'gone'; name: string; claim: ClaimId };
