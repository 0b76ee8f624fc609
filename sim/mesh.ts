/** A whole simulated mesh: what scenarios do to it and ask of it. */
import { type Config, defaultConfig, type Tunables } from '../protocol/config.ts';
import { entriesOfOrigin } from '../protocol/crdt/table.ts';
import type { CommandResult } from '../protocol/effect.ts';
import type { Command } from '../protocol/input.ts';
import { type Row, type RowKey, rowKey } from '../protocol/records/row.ts';
import type { ImageModel } from '../protocol/rehearse/engine.ts';
import { mend, partition } from '../protocol/rehearse/paths.ts';
import type { ServiceSpec } from '../protocol/spec.ts';
import type { State } from '../protocol/state.ts';
import type { Millis } from '../protocol/time.ts';
import { dial } from './connections.ts';
import { countRare } from './counters.ts';
import { createHost, enter, type Host, startAgent } from './host.ts';
import { createNetwork, createWire, type Network } from './network.ts';
import { after, createWorld, runUntil, type World } from './world.ts';

export interface Mesh {
  readonly world: World;
  readonly net: Network;
  readonly hosts: Host[];
  readonly options: MeshOptions;
  /** operators' rows that were written before some answer said "done", with their stamps (see checks/eventually-kept.ts) */
  readonly acknowledged: Map<RowKey, Row>;
}

export interface MeshOptions {
  hosts: number;
  seed?: number;
  tunables?: Partial<Tunables>;
  image?: (name: string) => Partial<ImageModel>;
  labels?: (index: number) => Record<string, string>;
  memoryBytes?: number;
}

/** Hosts `h1`, `h2` ... that have all joined through the first, with nothing deployed yet. */
export function createMesh(options: MeshOptions): Mesh {
  const world = createWorld(options.seed ?? 1);
  const net = createNetwork(world);
  const mesh: Mesh = { world, net, hosts: [], options, acknowledged: new Map() };
  for (let i = 1; i <= options.hosts; i++) addHost(mesh);
  return mesh;
}

export function addHost(mesh: Mesh): Host {
  const { options } = mesh;
  const index = mesh.hosts.length + 1;
  const config: Config = defaultConfig(options.tunables);
  const { image, labels, memoryBytes } = options;
  const host = createHost(mesh.world, createWire(mesh.net), {
    name: `h${index}`,
    address: `10.0.0.${index}`,
    config,
    ...(image && { image }),
    ...(labels && { labels: labels(index) }),
    ...(memoryBytes && { memoryBytes }),
  });
  mesh.hosts.push(host);
  mesh.net.hosts.set(host.id, host);
  startAgent(host);
  if (index > 1) join(mesh, host);
  return host;
}

const JOIN_RETRY_MS = 500;

/** Dials one member after the other until one answers, as `shoal join` does, and its operator. */
export function join(mesh: Mesh, host: Host): void {
  const { agent } = host;
  if (!agent) return;
  let attempts = 0;
  const attempt = (): void => {
    const members = mesh.hosts.filter(
      (other, i) => other !== host && !other.isGone && (i === 0 || other.hasJoined),
    );
    const inviter = members[attempts++ % Math.max(1, members.length)];
    if (host.hasJoined || !inviter) return;
    dial(mesh.net, host, inviter, (linked) => {
      if (linked) noteJoined(mesh, host, inviter);
      else after(mesh.world, JOIN_RETRY_MS, () => enter(agent.process, attempt));
    });
  };
  after(mesh.world, JOIN_RETRY_MS, () => enter(agent.process, attempt));
}

function noteJoined(mesh: Mesh, host: Host, inviter: Host): void {
  host.hasJoined = true;
  inviter.hasJoined = true;
  if (mesh.hosts.indexOf(host) >= mesh.options.hosts) countRare(mesh.world, 'host joined later');
}

export const runFor = (mesh: Mesh, ms: Millis): void => runUntil(mesh.world, mesh.world.now + ms);

const LOOK_EVERY_MS = 50;

/** Runs until `done` holds and returns how long it took; throws, with `why`, when the limit has passed. */
export function runUntilTrue(
  mesh: Mesh,
  limitMs: Millis,
  done: () => boolean,
  why: () => string = () => '',
): Millis {
  const from = mesh.world.now;
  while (!done()) {
    if (mesh.world.now - from >= limitMs)
      throw new Error(`not within ${limitMs} ms of virtual time: ${why()}`);
    runFor(mesh, LOOK_EVERY_MS);
  }
  return mesh.world.now - from;
}

export interface Answer {
  result: CommandResult | null;
  /** virtual ms until the answer */
  tookMs: Millis;
}

/** Gives the command to a host's agent; the answer is filled in when it comes. */
export function command(
  mesh: Mesh,
  host: Host,
  what: Command,
  then?: (result: CommandResult) => void,
): Answer {
  if (!host.agent) throw new Error(`${host.name} has no agent to give a command to`);
  const answer: Answer = { result: null, tookMs: 0 };
  const from = mesh.world.now;
  host.agent.loop.command(what, (result) => {
    answer.result = result;
    answer.tookMs = mesh.world.now - from;
    if (result.ok) noteAcknowledged(mesh, host);
    then?.(result);
  });
  return answer;
}

function noteAcknowledged(mesh: Mesh, host: Host): void {
  for (const { row } of entriesOfOrigin(stateOf(host).table, host.id)) {
    if (row.kind === 'service' || row.kind === 'node') mesh.acknowledged.set(rowKey(row), row);
  }
}

/** Waits for the answer, and for it to be ok. */
export function commandOk(mesh: Mesh, host: Host, what: Command): Answer {
  const answer = command(mesh, host, what);
  runUntilTrue(
    mesh,
    2_000,
    () => answer.result !== null,
    () => `no answer to ${what.command} from ${host.name}`,
  );
  if (!answer.result?.ok)
    throw new Error(`${what.command} on ${host.name}: ${JSON.stringify(answer.result)}`);
  return answer;
}

export const serviceSpec = (
  name: string,
  replicas: number,
  over: Partial<ServiceSpec> = {},
): ServiceSpec => ({
  Name: name,
  TaskTemplate: { ContainerSpec: { Image: 'web:1' } },
  Mode: { Replicated: { Replicas: replicas } },
  EndpointSpec: { Ports: [{ TargetPort: 80, PublishMode: 'host' }] },
  ...over,
});

export const deploy = (mesh: Mesh, host: Host, ...services: ServiceSpec[]): Answer =>
  commandOk(mesh, host, { command: 'deploy', stack: null, services });

export const hostNamed = (mesh: Mesh, name: string): Host | undefined =>
  mesh.hosts.find((host) => host.name === name);

export const alive = (mesh: Mesh): Host[] => mesh.hosts.filter((host) => host.agent !== null);

export function stateOf(host: Host): State {
  if (!host.agent) throw new Error(`${host.name} has no agent`);
  return host.agent.loop.read((state) => state);
}

export function split(mesh: Mesh, ...groups: Host[][]): void {
  partition(
    mesh.net.paths,
    groups.map((group) => group.map((host) => host.id)),
  );
}

/** The name of the way from a host to another in `paths`; of none when there is no such host. */
export const wayTo = (mesh: Mesh, host: Host, other: string): string =>
  `${host.id}>${hostNamed(mesh, other)?.id ?? ''}`;

export const heal = (mesh: Mesh): void => mend(mesh.net.paths);
