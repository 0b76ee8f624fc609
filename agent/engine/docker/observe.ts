import type Dockerode from 'dockerode';
import type { ObservedContainer, PortPlan } from '../../../protocol/engine.ts';
import { gate } from '../gate.ts';
import { claimOf, HOST_LABEL, isOurs, type Owner } from '../owner.ts';
import { type Connection, isStatus } from './connection.ts';

type Inspected = Dockerode.ContainerInspectInfo;
type Listed = Dockerode.ContainerInfo;

/** What holds a name: nothing, a container of someone else, or one of ours. */
export type Holder =
  | { kind: 'absent' }
  | { kind: 'foreign' }
  | { kind: 'ours'; container: ObservedContainer };

export interface Observer {
  find(name: string): Promise<Holder>;
  /** every container of ours, whatever its state */
  list(): Promise<ObservedContainer[]>;
  /** the engine told of an out-of-memory kill, which some engines forget in what they show later */
  sawOom(id: string): void;
  forget(id: string): void;
}

const LOOKS_AT_ONCE = 16;

export function dockerObserver(connection: Connection, owner: Owner, callMs: number): Observer {
  const oomKilled = new Set<string>();
  const looks = gate(LOOKS_AT_ONCE, callMs);

  async function find(name: string): Promise<Holder> {
    try {
      const found = await connection.call(`show container ${name}`, callMs, (docker, abortSignal) =>
        docker.getContainer(name).inspect({ abortSignal }),
      );
      // the engine also resolves prefixes of ids
      if (found.Name !== `/${name}`) return { kind: 'absent' };
      if (!isOurs(owner, found.Config.Labels ?? {})) return { kind: 'foreign' };
      return { kind: 'ours', container: fromInspected(found, oomKilled.has(found.Id)) };
    } catch (err) {
      if (isStatus(err, 404)) return { kind: 'absent' };
      throw err;
    }
  }

  async function list(): Promise<ObservedContainer[]> {
    const listed = await connection.call('list containers', callMs, (docker, abortSignal) =>
      docker.listContainers({ all: true, filters: { label: [`${HOST_LABEL}=${owner.host}`] }, abortSignal }),
    );
    const ours = listed.filter((container) => isOurs(owner, container.Labels));
    const found = await Promise.all(ours.map((container) => looks.run(() => inspectListed(container))));
    return found.filter((container) => container !== null);
  }

  /** The list knows no exit codes; but one container whose state is locked must not hide all others. */
  async function inspectListed(listed: Listed): Promise<ObservedContainer | null> {
    try {
      const found = await find(nameOf(listed));
      return found.kind === 'ours' ? found.container : null;
    } catch {
      return fromListed(listed);
    }
  }

  return {
    find,
    list,
    sawOom: (id) => void oomKilled.add(id),
    forget: (id) => void oomKilled.delete(id),
  };
}

export function fromInspected(found: Inspected, oomSeen: boolean): ObservedContainer {
  const { State, NetworkSettings, Config } = found;
  const state = stateOf(State.Status);
  const container: ObservedContainer = {
    id: found.Id,
    name: found.Name.slice(1),
    claim: claimOf(Config.Labels ?? {}),
    state,
    health: healthOf(State.Health?.Status),
    ports: publishedPorts(found),
  };
  const address = addressIn(NetworkSettings.Networks);
  if (address) container.address = address;
  if (state !== 'exited') return container;
  return { ...container, exitCode: State.ExitCode, oomKilled: State.OOMKilled || oomSeen };
}

/** Second best: `Status` reads like "Up 3 minutes (unhealthy)" or "Exited (137) 2 seconds ago". */
export function fromListed(listed: Listed): ObservedContainer {
  const container: ObservedContainer = {
    id: listed.Id,
    name: nameOf(listed),
    claim: claimOf(listed.Labels),
    state: stateOf(listed.State),
    health: healthOf(listed.Status.match(/\((?:health: )?(starting|healthy|unhealthy)\)/)?.[1]),
    ports: listedPorts(listed),
  };
  const address = addressIn(listed.NetworkSettings?.Networks);
  if (address) container.address = address;
  const exitCode = listed.Status.match(/^Exited \((\d+)\)/)?.[1];
  return exitCode === undefined ? container : { ...container, exitCode: Number(exitCode) };
}

const nameOf = (listed: Listed): string => (listed.Names[0] ?? '').replace(/^\//, '');

function stateOf(status: string): ObservedContainer['state'] {
  if (status === 'created') return 'created';
  // paused and restarting ones hold their processes; "removing" and "dead" hold none
  return status === 'running' || status === 'paused' || status === 'restarting' ? 'running' : 'exited';
}

function healthOf(status: string | undefined): ObservedContainer['health'] {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

function addressIn(networks: Record<string, { IPAddress: string }> | undefined): string | undefined {
  return Object.values(networks ?? {}).find((network) => network.IPAddress)?.IPAddress;
}

/** Stopped containers have no bindings left: then the ones asked for are shown. */
function publishedPorts(found: Inspected): PortPlan[] {
  const bound = portsIn(found.NetworkSettings.Ports);
  return bound.length > 0 ? bound : portsIn(found.HostConfig.PortBindings);
}

type Bindings = Record<string, { HostIp?: string; HostPort?: string }[] | null> | null | undefined;

/** IPv4 and IPv6 may get different numbers when the engine chooses; the IPv4 one is published. */
function portsIn(bindings: Bindings): PortPlan[] {
  return Object.entries(bindings ?? {}).flatMap(([key, bound]) => {
    const [target, protocol] = key.split('/');
    const binding = bound?.find(({ HostIp }) => !HostIp?.includes(':')) ?? bound?.[0];
    if (!binding || (protocol !== 'tcp' && protocol !== 'udp')) return [];
    return [{ protocol, target: Number(target), published: Number(binding.HostPort || 0) }];
  });
}

function listedPorts(listed: Listed): PortPlan[] {
  return listed.Ports.flatMap(({ IP, Type, PrivatePort, PublicPort }) => {
    if (!PublicPort || IP?.includes(':') || (Type !== 'tcp' && Type !== 'udp')) return [];
    return [{ protocol: Type, target: PrivatePort, published: PublicPort }];
  });
}
