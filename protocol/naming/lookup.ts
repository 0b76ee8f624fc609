/** From a question to what the zone holds: the steps of an answer that know nothing of packets. */
import type { DnsAnswer } from '../api.ts';
import { lowerCase, relativeTo } from './name.ts';
import { createOwner, type Owner, type Subject, taskName } from './owners.ts';
import { type RecordSet, TTL_SECONDS } from './record.ts';
import { isLocalhost, isNeverForwarded, reversedAddress } from './special.ts';
import { plainAddress } from './subnet.ts';
import { RECORD_TYPES, typeOfName } from './types/index.ts';
import type { RecordType } from './types/record-type.ts';
import { isLocal, type Zone, type ZoneNode } from './zone.ts';

/** ours: inside the mesh's domain, where we are the authority. */
type Found =
  | { kind: 'owner'; ours: boolean; owner: Owner }
  /** the name exists and holds nothing */
  | { kind: 'empty'; ours: boolean }
  | { kind: 'missing'; ours: boolean }
  /** our name, but no view has been loaded yet */
  | { kind: 'unloaded' }
  /** somebody else's name */
  | { kind: 'outside' };

/** name: lower-case text; asker: IP address as text. */
export function find(zone: Zone, name: string, asker: string): Found {
  const relative = relativeTo(zone.domain, name);
  if (relative !== undefined) return zone.loaded ? findOurs(zone, relative, asker) : { kind: 'unloaded' };
  if (isLocalhost(name)) return { kind: 'owner', ours: false, owner: createOwner({ kind: 'loopback' }) };
  const address = reversedAddress(name);
  const known = address === undefined ? undefined : nameOfAddress(zone, address, asker);
  if (known !== undefined)
    return { kind: 'owner', ours: false, owner: createOwner({ kind: 'reverse', name: known }) };
  if (!isNeverForwarded(name)) return { kind: 'outside' };
  if (address !== undefined && !zone.loaded) return { kind: 'unloaded' };
  // a parent of our domain exists, or a resolver would take everything below it for missing (RFC 8020)
  return { kind: relativeTo(name, zone.domain) === undefined ? 'missing' : 'empty', ours: false };
}

function findOurs(zone: Zone, relative: string, asker: string): Found {
  const node = zone.nodes.get(relative);
  if (node === undefined)
    return { kind: mayBePortOfIdle(zone, relative, asker) ? 'empty' : 'missing', ours: true };
  const owner = chooseOwner(zone, node, asker);
  return owner === undefined ? { kind: 'empty', ours: true } : { kind: 'owner', ours: true, owner };
}

/** A service without tasks shows no ports, so any port's name may be one of its: it exists and holds nothing. */
function mayBePortOfIdle(zone: Zone, relative: string, asker: string): boolean {
  const service = /^(?:_[^.]+\.)?_(?:tcp|udp)\.(.+)$/.exec(relative)?.[1];
  const node = service === undefined ? undefined : zone.nodes.get(service);
  const subject = node === undefined ? undefined : chooseOwner(zone, node, asker)?.subject;
  return subject?.kind === 'service' && subject.entry.service.tasks.length === 0;
}

/**
 * Several may own a name. The better rank has it, then the older id (rule R3: a name belongs to the lowest id).
 * A bare name that only stacks other than the asker's hold, and more than one of them, is nobody's (rule N1).
 */
function chooseOwner(zone: Zone, node: ZoneNode, asker: string): Owner | undefined {
  if (node.owners.length <= 1) return node.owners[0];
  const stack = zone.localTasks.get(plainAddress(asker))?.entry.service.stack;
  const ranks = node.owners.map((owner) => rankOf(owner.subject, stack));
  const best = Math.min(...ranks);
  const rivals = node.owners.filter((_, i) => ranks[i] === best);
  if (isForeignBare(best) && new Set(rivals.map(({ subject }) => stackOf(subject))).size > 1)
    return undefined;
  return rivals.reduce((one, other) => (idOf(other.subject) < idOf(one.subject) ? other : one));
}

const idOf = (subject: Subject): string => ('entry' in subject ? subject.entry.id : '');
const stackOf = (subject: Subject) => ('entry' in subject ? subject.entry.service.stack : undefined);

const RANK = { qualified: 0, ownBare: 1, full: 2, foreignBare: 3, ofTask: 4, nameserver: 8 } as const;
const isForeignBare = (rank: number): boolean => rank % RANK.ofTask === RANK.foreignBare;

/** Lower is better: a service before a task of that name, and the own stack's before others. */
function rankOf(subject: Subject, askerStack: string | undefined): number {
  if (!('entry' in subject)) return subject.kind === 'nameserver' ? RANK.nameserver : 0;
  const ofTask = subject.kind === 'service' ? 0 : RANK.ofTask;
  if (subject.scope !== 'bare') return ofTask + RANK[subject.scope];
  const own = askerStack !== undefined && stackOf(subject) === askerStack;
  return ofTask + (own ? RANK.ownBare : RANK.foreignBare);
}

/** Host addresses for everybody; container addresses are this host's own business and mean nothing elsewhere. */
function nameOfAddress(zone: Zone, address: string, asker: string): string | undefined {
  const host = [...zone.hosts.values()].find((known) => known.alive && known.address === address);
  if (host !== undefined) return `${lowerCase(host.name)}.hosts`;
  const task = isLocal(zone, asker) ? zone.localTasks.get(address) : undefined;
  return task === undefined ? undefined : taskName(task.entry.service, task.slot);
}

/** Records of one type at an owner, near ones first, without repetitions; kept until news change them. */
export function recordSet(zone: Zone, owner: Owner, type: RecordType, near: boolean): RecordSet {
  if (owner.epoch !== zone.epoch) {
    owner.sets.clear();
    owner.epoch = zone.epoch;
  }
  const key = type.code * 2 + (near ? 1 : 0);
  let set = owner.sets.get(key);
  if (set === undefined) {
    const unique = [
      ...new Map(type.records(zone, owner.subject, near).map((record) => [record.text, record])).values(),
    ];
    const first = unique.filter((record) => record.near);
    set = { records: [...first, ...unique.filter((record) => !record.near)], near: first.length };
    owner.sets.set(key, set);
  }
  return set;
}

/**
 * What the mesh answers, for a person. A name is taken as relative to the domain unless it ends with it, with a dot,
 * or in `.arpa`. type: `A`, `SRV` ..., or `ANY` for all of them.
 */
export function explain(zone: Zone, name: string, type: string, asker: string): DnsAnswer {
  const full = absoluteName(zone, lowerCase(name));
  const found = find(zone, full, asker);
  const types =
    type.toUpperCase() === 'ANY' ? RECORD_TYPES : [typeOfName(type)].filter((known) => known !== undefined);
  const near = isLocal(zone, asker);
  const answers =
    found.kind !== 'owner'
      ? []
      : types.flatMap((known) =>
          recordSet(zone, found.owner, known, near).records.map((record) => ({
            name: full,
            type: known.name,
            ttl: TTL_SECONDS,
            data: record.text,
          })),
        );
  return { name: full, type: type.toUpperCase(), status: statusOf(found), answers };
}

function absoluteName(zone: Zone, name: string): string {
  if (name.endsWith('.')) return name.slice(0, -1);
  return relativeTo(zone.domain, name) !== undefined || name.endsWith('.arpa')
    ? name
    : `${name}.${zone.domain}`;
}

function statusOf(found: Found): DnsAnswer['status'] {
  if (found.kind === 'unloaded') return 'SERVFAIL';
  return found.kind === 'missing' || found.kind === 'outside' ? 'NXDOMAIN' : 'NOERROR';
}
