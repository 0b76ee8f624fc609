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
      .flatMap(({ host, state }) =>
        [...answered(host)]
          .filter(({ service, task }) => !isOfThisLife(state, service.id, task.host))
          .map(
            ({ service, task }) =>
              `${host.name} answers ${service.fullName} of an older boot of ${task.hostName}`,
          ),
      );
    return overdue(mesh, memory, recall(memory), wrong, TURN_MS);
  },
};

function isOfThisLife(state: State, service: string, host: string): boolean {
  const body = hostBody(state, host);
  return claimsOfHost(state, host).some(
    ({ row, body: claim }) =>
      slotService(row.id) === service && claim.boot === body?.boot && claim.engineStart === body.engineStart,
  );
}
