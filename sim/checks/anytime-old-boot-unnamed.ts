import type { HostId } from '../../protocol/identity.ts';
import { claimsOfHost } from '../../protocol/membership/endpoints.ts';
import { hostBody } from '../../protocol/membership/view.ts';
import { slotService } from '../../protocol/placement/slot.ts';
import type { State } from '../../protocol/state.ts';
import type { Millis } from '../../protocol/time.ts';
import { type Check, remembering } from './check.ts';
import { isWell, overdue } from './steady.ts';
import { answered, begun } from './truth.ts';

const recall = remembering(() => new Map<string, Millis>());
/** One turn of the loop, which a disk may hold up. */
const TURN_MS = 1_500;

/** An endpoint that is answered stands in a claim of its host's present boot and engine start. */
export const oldBootUnnamed: Check = {
  name: 'rows of an older boot are not answered',
  when: 'anytime',
  source: 'rule C4',
  look: (mesh, memory) => {
    const wrong = begun(mesh)
      .filter(({ host }) => isWell(host))
      .flatMap(({ host, state }) => {
        const current = new Map<HostId, Set<string>>();
        return [...answered(host)].flatMap(({ service, task }) => {
          const services = current.get(task.host) ?? servicesOfThisLife(state, task.host);
          current.set(task.host, services);
          return services.has(service.id)
            ? []
            : [`${host.name} answers ${service.fullName} of an older boot of ${task.hostName}`];
        });
      });
    return overdue(mesh, memory, recall(memory), wrong, TURN_MS);
  },
};

/** Services that have a claim there of the boot and the engine start that the host says to be in. */
function servicesOfThisLife(state: State, host: HostId): Set<string> {
  const body = hostBody(state, host);
  const claims = claimsOfHost(state, host).filter(
    (entry) => entry.body.boot === body?.boot && entry.body.engineStart === body.engineStart,
  );
  return new Set(claims.map(({ row }) => slotService(row.id)));
}
