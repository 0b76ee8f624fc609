/**
 * The mesh's zone as a tree of names. News arrive as deltas of whole services; one delta touches only the names of the
 * services in it. Record sets are built when first asked for (`lookup.ts`).
 */
import type { HostId } from '../identity.ts';
import { encodeName, isName, lowerCase, parentName } from './name.ts';
import { createOwner, type Owner, ownedNames, type ServiceEntry, type Subject } from './owners.ts';
import { contains, parseIpv4, parseSubnet, plainAddress, type Subnet } from './subnet.ts';
import type { ZoneDelta, ZoneHost, ZoneService } from './zone-view.ts';

/** A name exists while somebody owns it or a name below it exists (then it is an empty non-terminal, RFC 8020). */
export interface ZoneNode {
  owners: Owner[];
  /** nodes directly below; the zone's own branches hold one more, so that they never go */
  below: number;
}

export interface Zone {
  /** lower case, without the final dot */
  readonly domain: string;
  readonly domainWire: Uint8Array;
  /** the host that answers */
  readonly self: HostId;
  /** whether names outside the zone are forwarded for askers of the mesh; set by the server */
  recursive: boolean;
  /** false until the first delta: an empty view must not deny names (rule N1) */
  loaded: boolean;
  serial: number;
  /** grows when every record set built so far may be wrong */
  epoch: number;
  localSubnets: Subnet[];
  nodes: Map<string, ZoneNode>;
  services: Map<string, ServiceEntry>;
  hosts: Map<HostId, ZoneHost>;
  hostAddresses: Set<string>;
  hostOwners: [name: string, owner: Owner][];
  /** tasks of this host by their container's address: tells an asker's stack, and names for addresses */
  localTasks: Map<string, { entry: ServiceEntry; slot: string }>;
}

/**
 * @param domain the mesh's domain, `shoal.internal`
 * @param localSubnets addresses on this host, as CIDR or plain IPv4: loopback and the container bridges
 */
export function createZone(domain: string, self: HostId, localSubnets: readonly string[] = []): Zone {
  const text = lowerCase(domain.replace(/\.$/, ''));
  const wire = encodeName(text);
  if (text === '' || wire === undefined)
    throw new Error(
      `"${domain}" is no domain name: labels of 1 to 63 characters joined by dots are needed, as in shoal.internal`,
    );
  const zone: Zone = {
    domain: text,
    domainWire: wire,
    self,
    recursive: false,
    loaded: false,
    serial: 0,
    epoch: 0,
    localSubnets: [],
    nodes: new Map(),
    services: new Map(),
    hosts: new Map(),
    hostAddresses: new Set(),
    hostOwners: [],
    localTasks: new Map(),
  };
  setLocalSubnets(zone, localSubnets);
  zone.nodes.set('', { owners: [createOwner({ kind: 'apex' })], below: 1 });
  for (const branch of ['tasks', 'hosts']) zone.nodes.set(branch, { owners: [], below: 1 });
  link(zone, 'ns', createOwner({ kind: 'nameserver' }));
  return zone;
}

/** IPv6 subnets are passed over: hosts and containers are known by IPv4 addresses. */
export function setLocalSubnets(zone: Zone, subnets: readonly string[]): void {
  zone.localSubnets = subnets.map(parseSubnet).filter((subnet) => subnet !== undefined);
}

export function applyDelta(zone: Zone, delta: ZoneDelta): void {
  if (delta.hosts !== undefined) setHosts(zone, delta.hosts);
  for (const [id, service] of delta.services) setService(zone, id, service);
  zone.serial = delta.serial % 2 ** 32;
  zone.nodes.get('')!.owners = [createOwner({ kind: 'apex' })];
  zone.loaded = true;
}

/** Everything the zone was told, as one delta: for a copy that starts anew. */
export function wholeZone(zone: Zone): ZoneDelta {
  const services = [...zone.services].map(([id, entry]): [string, ZoneService] => [id, entry.service]);
  return { serial: zone.serial, services, hosts: [...zone.hosts.values()] };
}

/** Is the asker on this host: may it use container addresses (rule N2)? */
export function isLocal(zone: Zone, asker: string): boolean {
  if (asker === '::1') return true;
  const plain = plainAddress(asker);
  const address = parseIpv4(plain);
  if (address === undefined) return false;
  return (
    zone.localSubnets.some((subnet) => contains(subnet, address)) ||
    zone.hosts.get(zone.self)?.address === plain
  );
}

/** Hosts of the mesh forward for each other's containers (rule N3); for strangers nobody does. */
export const isOfMesh = (zone: Zone, asker: string): boolean =>
  isLocal(zone, asker) || zone.hostAddresses.has(plainAddress(asker));

/** Endpoints of masked hosts are never answered (rule V4); a host not listed yet is believed. */
export const isMasked = (zone: Zone, id: HostId): boolean => zone.hosts.get(id)?.alive === false;

function setService(zone: Zone, id: string, service: ZoneService | null): void {
  const known = zone.services.get(id);
  if (known !== undefined) forgetLocalTasks(zone, known);
  if (service === null) {
    if (known !== undefined) removeOwners(zone, known, () => false);
    zone.services.delete(id);
    return;
  }
  const renamed = known !== undefined && !sameNames(known.service, service);
  if (renamed) removeOwners(zone, known, () => false);
  const entry = known ?? { id, service, owners: new Map<string, Owner>() };
  entry.service = service;
  zone.services.set(id, entry);
  const names = ownedNames(entry);
  removeOwners(zone, entry, (name) => names.has(name));
  for (const [name, subject] of names) addOwner(zone, entry, name, subject);
  for (const task of service.tasks)
    if (task.host === zone.self && task.containerAddress !== undefined)
      zone.localTasks.set(task.containerAddress, { entry, slot: task.slot });
}

const sameNames = (one: ZoneService, other: ZoneService): boolean =>
  one.name === other.name && one.fullName === other.fullName && one.stack === other.stack;

function forgetLocalTasks(zone: Zone, entry: ServiceEntry): void {
  for (const { containerAddress } of entry.service.tasks)
    if (containerAddress !== undefined && zone.localTasks.get(containerAddress)?.entry === entry)
      zone.localTasks.delete(containerAddress);
}

function removeOwners(zone: Zone, entry: ServiceEntry, stays: (name: string) => boolean): void {
  for (const [name, owner] of entry.owners) {
    if (stays(name)) continue;
    entry.owners.delete(name);
    unlink(zone, name, owner);
  }
}

function addOwner(zone: Zone, entry: ServiceEntry, name: string, subject: Subject): void {
  const known = entry.owners.get(name);
  if (known !== undefined) {
    known.sets.clear();
    return;
  }
  const owner = createOwner(subject);
  if (link(zone, name, owner)) entry.owners.set(name, owner);
}

function setHosts(zone: Zone, hosts: readonly ZoneHost[]): void {
  for (const [name, owner] of zone.hostOwners) unlink(zone, name, owner);
  zone.hosts = new Map(hosts.map((host) => [host.id, host]));
  zone.hostAddresses = new Set(hosts.map((host) => host.address));
  zone.epoch++;
  const byName = Map.groupBy(hosts, (host) => `${lowerCase(host.name)}.hosts`);
  zone.hostOwners = [...byName]
    .map(([name, named]): [string, Owner] => [name, createOwner({ kind: 'host', hosts: named })])
    .filter(([name, owner]) => link(zone, name, owner));
}

/** False for what cannot be a name in this domain: such a service is reached by its other names. */
function link(zone: Zone, name: string, owner: Owner): boolean {
  if (!isName(`${name}.${zone.domain}`)) return false;
  const node = zone.nodes.get(name);
  if (node !== undefined) {
    node.owners.push(owner);
    return true;
  }
  zone.nodes.set(name, { owners: [owner], below: 0 });
  for (let child = name; child !== ''; child = parentName(child)) {
    const parent = zone.nodes.get(parentName(child));
    if (parent !== undefined) {
      parent.below++;
      break;
    }
    zone.nodes.set(parentName(child), { owners: [], below: 1 });
  }
  return true;
}

function unlink(zone: Zone, name: string, owner: Owner): void {
  const node = zone.nodes.get(name);
  if (node === undefined) return;
  node.owners = node.owners.filter((other) => other !== owner);
  for (let at = name, bare = node; bare.owners.length === 0 && bare.below === 0; ) {
    zone.nodes.delete(at);
    at = parentName(at);
    bare = zone.nodes.get(at)!;
    bare.below--;
  }
}
