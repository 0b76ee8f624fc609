import { REMOVED } from '../../protocol/records/service.ts';
import { running } from '../../protocol/rehearse/engine.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** A service whose removal was acknowledged is listed by nobody, and none of its containers runs. */
export const removedIsGone: Check = {
  name: 'what was removed is gone',
  when: 'finally',
  source: 'C4, promise 2, rule R3',
  look: (mesh) => {
    const removed = [...mesh.acknowledged.values()].filter(
      (row) => row.kind === 'service' && row.group === REMOVED,
    );
    const ids = new Set(removed.map((row) => row.id));
    return alive(mesh).flatMap((host) => [
      ...[...stateOf(host).services.values()]
        .filter(({ id }) => ids.has(id))
        .map(({ name }) => `${host.name} lists ${name}, which was removed`),
      ...running(host.engine)
        .filter(({ claim }) => ids.has(claim.slice(0, claim.indexOf('.'))))
        .map(({ name }) => `${host.name} runs ${name} of a removed service`),
    ]);
  },
};
