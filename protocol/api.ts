/**
 * shoal's own HTTP API on the agent's socket, under /shoal/v1: the one contract that agent, CLI and tests share.
 * Plain types, no code that does IO. JSON both ways; errors are `{ error: Failure }` with the status of errors.ts.
 */
import type { Failure } from './errors.ts';
import type { HostId, MeshId } from './identity.ts';
import type { Load } from './load.ts';
import type { ServiceSpec } from './spec.ts';

export const API_PREFIX = '/shoal/v1';

/** Rows of the route table: `METHOD path` -> what goes in (query or body) and what comes out in `data`. */
export interface Routes {
  'GET /ping': { out: Ping };
  'POST /init': { out: Membership };
  'POST /join': { body: { invite: string }; out: Membership };
  'POST /invite': {
    body: { role?: 'operator' | 'worker'; expiresMs?: number; uses?: number };
    out: { invite: string };
  };
  'POST /leave': { body: { keep?: boolean }; out: { left: true } };
  'GET /hosts': { out: HostInfo[] };
  'GET /hosts/:host': { out: HostInfo };
  'POST /hosts/:host/availability': { body: { availability: 'active' | 'drain' }; out: HostInfo };
  'POST /hosts/:host/labels': { body: { set?: Record<string, string>; remove?: string[] }; out: HostInfo };
  'DELETE /hosts/:host': { out: { removed: string } };
  'POST /deploy': { body: { stack?: string; services: ServiceSpec[] }; out: DeployResult[] };
  'GET /services': { query: { stack?: string }; out: ServiceInfo[] };
  'GET /services/:service': { out: ServiceDetail };
  'POST /services/:service/scale': { body: { replicas: number }; out: ServiceInfo };
  'DELETE /services/:service': { out: { removed: string[] } };
  'DELETE /stacks/:stack': { out: { removed: string[] } };
  'GET /tasks': { query: { service?: string; host?: string; all?: boolean }; out: TaskInfo[] };
  'GET /inspect/:name': {
    out: { type: 'service' | 'host' | 'task'; object: ServiceDetail | HostInfo | TaskInfo };
  };
  /** target = SERVICE or SERVICE.SLOT */
  'GET /why/:target': { out: WhyInfo[] };
  'GET /dns/:name': { query: { type?: string }; out: DnsAnswer };
  /** newline-delimited JSON stream of LogLine, not an envelope; ends by itself unless `follow`; sinceMs: Unix time */
  'GET /services/:service/logs': {
    query: { follow?: boolean; tail?: number; sinceMs?: number };
    out: LogLine;
  };
}

/** Every JSON answer. */
export interface Envelope<T> {
  data: T;
  freshness: Freshness;
  /** on commands: synced on this host, and confirmed by `others` of `of` live neighbours */
  kept?: { others: number; of: number };
}

/** How fresh an answer is: who answered, when each other host was last heard, and who did not answer. */
export interface Freshness {
  host: string;
  hosts: { name: string; id: HostId; state: HostState; heardMsAgo: number | null }[];
  /** names of hosts whose news may be missing from this answer */
  silent: string[];
  /** engine or store trouble of the answering host, one line each */
  warnings: string[];
}

export interface ErrorBody {
  error: Failure;
}

export interface Ping {
  version: string;
  host: string;
  id: HostId;
  mesh: MeshId | null;
  /** false until the first view is loaded */
  ready: boolean;
}

export interface Membership {
  mesh: MeshId;
  host: string;
  id: HostId;
}

export type HostState = 'alive' | 'unknown' | 'suspect' | 'stalled' | 'agent-down' | 'failed' | 'left';

export interface HostInfo {
  id: HostId;
  name: string;
  address: string;
  port: number;
  state: HostState;
  availability: 'active' | 'drain';
  self: boolean;
  heardMsAgo: number | null;
  labels: Record<string, string>;
  engine: string;
  version: string;
  nanoCpus: number;
  memoryBytes: number;
  load: (Load & { ageMs: number }) | null;
  tasks: number;
  clockOffsetMs: number | null;
  rttMs: number | null;
  /** who watches it and what they say, for a person */
  observers: { host: string; says: string }[];
}

export interface ServiceInfo {
  id: string;
  name: string;
  stack: string | null;
  mode: 'replicated' | 'global';
  image: string;
  running: number;
  desired: number;
  ports: string[];
  /** grows with every change, see rule R4 */
  version: number;
  /** set when another service with the lower id holds the name */
  conflict: string | null;
  update: 'updating' | 'paused' | null;
}

export interface ServiceDetail extends ServiceInfo {
  spec: ServiceSpec;
  createdAt: string;
  updatedAt: string;
  tasks: TaskInfo[];
}

export type TaskState =
  | 'pending'
  | 'bidding'
  | 'pulling'
  | 'starting'
  | 'running'
  | 'unhealthy'
  | 'finished'
  | 'failed'
  | 'stopping'
  | 'lost';

export interface TaskInfo {
  /** `web.3`, for a global service `web.HOST` */
  name: string;
  service: string;
  serviceId: string;
  slot: string;
  host: string | null;
  hostId: HostId | null;
  state: TaskState;
  image: string;
  /** since the last change, by the holder's clock */
  since: string | null;
  containerId: string | null;
  ports: string[];
  address: string | null;
  /** the one line that explains a state that is not `running` */
  message: string | null;
}

export interface DeployResult {
  service: string;
  id: string;
  result: 'created' | 'updated' | 'unchanged' | 'removed';
  /** field groups that changed */
  changed: string[];
}

export interface WhyInfo {
  task: string;
  holder: string | null;
  state: TaskState;
  message: string | null;
  bids: { host: string; score: number; term: number; won: boolean }[];
  /** filters that said no */
  refused: { host: string; filter: string; reason: string }[];
  /** the published loads the ranking used */
  loads: { host: string; load: Load | null; ageMs: number | null; tasks: number }[];
}

export interface DnsAnswer {
  name: string;
  type: string;
  status: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL';
  answers: { name: string; type: string; ttl: number; data: string }[];
}

export interface LogLine {
  task: string;
  host: string;
  stream: 'stdout' | 'stderr' | 'shoal';
  line: string;
}
