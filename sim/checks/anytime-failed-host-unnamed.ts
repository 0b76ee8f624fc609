import { hostState } from '../../protocol/membership/view.ts';
import type { Millis } from '../../protocol/time.ts';
import { type Check, remembering } from './check.ts';
import { isWell, overdue } from './steady.ts';
import { answered, begun } from './truth.ts';

const recall = remembering(() => new Map<string, Millis>());
/** One turn of the loop, which a disk may hold up. */
const TURN_MS = 1_500;

/** Whoever judges a host failed answers none of its endpoints. */
export const failedHostUnnamed: Check = {
  name: 'endpoints of failed hosts are not answered',
  when: 'anytime',
  source: 'rule V4',
  look: (mesh, memory) => {
    const wrong = begun(mesh)
      .filter(({ host }) => isWell(host))
      .flatMap(({ host, state }) =>
        [...answered(host)]
          .filter(({ task }) => ['failed', 'left'].includes(hostState(state, task.host)))
          .map(
            ({ service, task }) =>
              `${host.name} answers ${service.fullName} at ${task.hostName}, judged failed`,
          ),
      );
    return overdue(mesh, memory, recall(memory), wrong, TURN_MS);
  },
};
