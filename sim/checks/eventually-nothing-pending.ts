import type { State } from '../../protocol/state.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Nothing waits any more: no command, no row, no container on its way up or down. */
export const nothingPending: Check = {
  name: 'nothing is left to do',
  when: 'eventually',
  source: 'L1',
  look: (mesh) =>
    alive(mesh).flatMap((host) => pendingOf(stateOf(host)).map((what) => `${host.name}: ${what}`)),
};

function pendingOf(state: State): string[] {
  const works = [...state.local.work.values()].filter((work) => work.phase !== 'up');
  return [
    ...works.map((work) => `${work.slot} is ${work.phase}`),
    ...[...state.local.ending.keys()].map((name) => `${name} is ending`),
    ...[...state.commands.pending.keys()].map((request) => `command ${request} waits for its answer`),
    ...[...state.gossip.outbox.keys()].map((key) => `${key} waits to be flooded`),
    ...[...state.gossip.orphans.keys()].map((key) => `${key} waits for its origin's certificate`),
  ];
}
