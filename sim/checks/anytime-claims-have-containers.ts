import { claimsOfHost } from '../../protocol/membership/endpoints.ts';
import { RUN } from '../../protocol/records/claim.ts';
import { running } from '../../protocol/rehearse/engine.ts';
import type { Millis } from '../../protocol/time.ts';
import { type Check, remembering } from './check.ts';
import { isWell, overdue } from './steady.ts';
import { begun } from './truth.ts';

const recall = remembering(() => new Map<string, Millis>());
/** An event of the engine, or the inventory after a start. */
const TOLD_MS = 8_000;

/** A claim that says healthy is of a container that runs on its host, under the address that it says. */
export const claimsHaveContainers: Check = {
  name: 'no claim without its container',
  when: 'anytime',
  source: 'promise 4, rule C4',
  look: (mesh, memory) => {
    const hollow = begun(mesh)
      .filter(({ host, state }) => isWell(host) && state.commands.readOnly === null)
      .flatMap(({ host, state }) => {
        const up = new Map(running(host.engine).map((seen) => [seen.name, seen]));
        return claimsOfHost(state, host.id)
          .filter(({ body }) => body.run === RUN.healthy && !body.finished)
          .filter(({ body }) => {
            const seen = up.get(body.container ?? '');
            return !seen || (seen.address ?? null) !== body.address || seen.health === 'unhealthy';
          })
          .map(({ row, body }) => `${host.name} claims ${row.id}, but ${body.container} does not run so`);
      });
    return overdue(mesh, memory, recall(memory), hollow, TOLD_MS);
  },
};
