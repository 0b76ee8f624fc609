/** Who watches whom in this view. Rings change seldom and are asked for constantly, so they are kept while they hold. */
import type { HostId } from '../identity.ts';
import type { State } from '../state.ts';
import { observersOf } from './rings.ts';
import { ringMembers } from './view.ts';

/** The observers of a host, among the ring's members and itself. */
export const observersIn = (state: State, host: HostId): HostId[] => lookUp(state, ringMembers(state), host);

/** Whom this host watches, and who watches it: its neighbours. */
export function ringOf(state: State): { watched: HostId[]; watchers: HostId[] } {
  const members = ringMembers(state);
  const watched = members.filter((m) => m !== state.self && lookUp(state, members, m).includes(state.self));
  return { watched, watchers: lookUp(state, members, state.self) };
}

function lookUp(state: State, members: HostId[], host: HostId): HostId[] {
  const cache = state.membership.rings;
  const key = members.join();
  if (cache.members !== key) {
    cache.members = key;
    cache.observers.clear();
  }
  const known = cache.observers.get(host);
  if (known) return known;
  const ring = members.includes(host) ? members : [...members, host];
  const observers = observersOf(host, ring, state.config.tunables.observers);
  cache.observers.set(host, observers);
  return observers;
}
