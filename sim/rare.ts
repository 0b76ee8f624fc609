/** Looks each virtual second for rare states of a mesh (see counters.ts). Draws no random number, changes nothing. */
import { knownHosts } from '../protocol/membership/view.ts';
import { isKind } from '../protocol/records/index.ts';
import { running } from '../protocol/rehearse/engine.ts';
import type { State } from '../protocol/state.ts';
import { countRare } from './counters.ts';
import { alive, type Mesh, stateOf } from './mesh.ts';
import { after } from './world.ts';

const LOOK_EVERY_MS = 1_000;

export function watchRare(mesh: Mesh): void {
  let before = new Map<string, number>();
  const look = (): void => {
    const now = copies(mesh);
    for (const [claim, count] of before)
      if (count > 1 && now.get(claim) === 1) countRare(mesh.world, 'duplicate container healed');
    before = now;
    for (const host of alive(mesh)) for (const name of statesIn(stateOf(host))) countRare(mesh.world, name);
    after(mesh.world, LOOK_EVERY_MS, look);
  };
  look();
}

/** How many containers run for each claim. */
function copies(mesh: Mesh): Map<string, number> {
  const counts = new Map<string, number>();
  for (const host of mesh.hosts)
    for (const { claim } of running(host.engine)) counts.set(claim, (counts.get(claim) ?? 0) + 1);
  return counts;
}

function statesIn(state: State): string[] {
  const peers = [...state.membership.peers.values()];
  const failing = peers.filter((peer) => peer.state === 'failed' && !peer.opened).length;
  const found = {
    'mass grace': failing * 2 > knownHosts(state).length,
    'endpoint found dead': peers.some((p) => [...p.endpoints.values()].some((e) => e.deadSince !== null)),
    'host suspected': peers.some((peer) => peer.state === 'suspect'),
    'agent seen down': peers.some((peer) => peer.state === 'agent-down'),
    'main loop seen stalled': peers.some((peer) => peer.state === 'stalled'),
    'rows repaired': state.gossip.counters.repaired > 0,
    'unknown kind held': [...state.table.kinds.keys()].some((kind) => !isKind(kind)),
  };
  return Object.entries(found).flatMap(([name, is]) => (is ? [name] : []));
}
