/** Names as operators write them -> services and hosts; a miss names the nearest. */
import { type Failure, failure } from '../errors.ts';
import { hostName, hostState, knownHosts } from '../membership/view.ts';
import type { State } from '../state.ts';
import { type Service, shortName } from './read.ts';

/** By full name, name inside its stack when only one has it, id or a unique beginning of the id. */
export function findService(state: State, name: string): Service | Failure {
  const all = [...state.services.values()];
  const exact = all.find((service) => service.name === name || service.id === name);
  if (exact) return exact;
  const short = all.filter(
    (service) => shortName(service) === name || `${shortName(service)}.${service.stack}` === name,
  );
  if (short.length === 1 && short[0]) return short[0];
  if (short.length > 1) {
    const names = short.map((service) => service.name).join(', ');
    return failure('BAD_REQUEST', `'${name}' is in several stacks: write one of ${names}`);
  }
  const byId = name.length >= 4 ? all.filter((service) => service.id.startsWith(name)) : [];
  if (byId.length === 1 && byId[0]) return byId[0];
  return failure(
    'NOT_FOUND',
    `no such service: ${name}${suggest(
      name,
      all.map((service) => service.name),
    )}`,
  );
}

/**
 * By name, id or a unique beginning of the id; two hosts of one name want the id (rule T4). One that has left gives its
 * name back: a host that leaves and joins again is meant by it from then on.
 */
export function findHost(state: State, name: string): string | Failure {
  const hosts = knownHosts(state);
  if (hosts.includes(name)) return name;
  const namesakes = hosts.filter((host) => hostName(state, host) === name);
  const present = namesakes.filter((host) => hostState(state, host) !== 'left');
  const named = present.length > 0 ? present : namesakes;
  if (named.length === 1 && named[0]) return named[0];
  if (named.length > 1)
    return failure('BAD_REQUEST', `several hosts are named ${name}: use an id, ${named.join(' or ')}`);
  const byId = name.length >= 4 ? hosts.filter((host) => host.startsWith(name)) : [];
  if (byId.length === 1 && byId[0]) return byId[0];
  return failure(
    'NOT_FOUND',
    `no such host: ${name}${suggest(
      name,
      hosts.map((host) => hostName(state, host)),
    )}`,
  );
}

export const isFailure = (value: unknown): value is Failure =>
  typeof value === 'object' && value !== null && 'code' in value && 'message' in value;

function suggest(name: string, known: string[]): string {
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(name, candidate) }))
    .sort((a, b) => a.far - b.far);
  const nearest = ranked[0];
  return nearest && nearest.far <= Math.max(2, name.length / 2) ? `; did you mean ${nearest.candidate}?` : '';
}

/** Levenshtein distance, one row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
