import { entriesOf, entryOf } from '../../protocol/crdt/table.ts';
import type { ObservedContainer } from '../../protocol/engine.ts';
import { isDrained } from '../../protocol/membership/view.ts';
import { slotService } from '../../protocol/placement/slot.ts';
import { isDesired } from '../../protocol/placement/slots.ts';
import { splitClaimId } from '../../protocol/reconcile/local.ts';
import { RUN } from '../../protocol/records/claim.ts';
import type { Millis } from '../../protocol/time.ts';
import type { Host } from '../host.ts';
import { stateOf } from '../mesh.ts';
import { type Check, remembering } from './check.ts';
import { isWell } from './steady.ts';
import { isBegun, serving } from './truth.ts';

interface Seen {
  serving: Map<string, ObservedContainer>;
  /** when the host was last in trouble: what it could not write then, its claims do not tell */
  illAt: Millis;
}

const recall = remembering(() => new WeakMap<Host, Seen>());
const AFTERMATH_MS = 20_000;

/** A container that served and is gone was not wanted there any more, or gave way to one that served its slot. */
export const movesHaveCauses: Check = {
  name: 'nothing healthy moves without a cause',
  when: 'anytime',
  source: 'P8',
  look: (mesh, memory) =>
    mesh.hosts.flatMap((host) => {
      const { now } = mesh.world;
      const before = recall(memory).get(host);
      const served = new Map(serving(host).map((seen) => [seen.name, seen]));
      const illAt = isWell(host) ? (before?.illAt ?? Number.NEGATIVE_INFINITY) : now;
      recall(memory).set(host, { serving: served, illAt });
      if (!before || !host.agent || !isBegun(host) || now - illAt < AFTERMATH_MS) return [];
      return [...before.serving.values()]
        .filter((seen) => !host.engine.containers.has(seen.name) && !hasCause(host, seen))
        .map(
          (seen) => `${host.name} ended ${seen.name}, which served ${seen.claim} and is still wanted there`,
        );
    }),
};

function hasCause(host: Host, seen: ObservedContainer): boolean {
  const state = stateOf(host);
  const { slot, generation } = splitClaimId(seen.claim);
  const service = state.services.get(slotService(slot));
  if (!service || service.generation !== generation || !isDesired(state, service, slot)) return true;
  if (isDrained(state, host.id)) return true;
  const own = entryOf(state.table, 'claim', slot, generation, host.id);
  // It failed: it ended and was started again under another name, or left to others.
  if (own && (own.body.note !== '' || (own.body.run >= RUN.started && own.body.container !== seen.name)))
    return true;
  return entriesOf(state.table, 'claim', slot).some(
    ({ row, body }) => row.origin !== host.id && row.group === generation && body.run >= RUN.started,
  );
}
