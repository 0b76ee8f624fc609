import { claimsOfHost } from '../../protocol/membership/endpoints.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Containers that have ended are removed, but for those that ended as they should: their logs can still be read. */
export const noLeftovers: Check = {
  name: 'no ended container is left behind',
  when: 'eventually',
  source: 'P5',
  look: (mesh) =>
    alive(mesh).flatMap((host) => {
      const claims = claimsOfHost(stateOf(host), host.id);
      const kept = new Set(claims.filter(({ body }) => body.finished).map(({ body }) => body.container));
      return [...host.engine.containers.values()]
        .filter(({ seen }) => seen.state !== 'running' && !kept.has(seen.name))
        .map(({ seen }) => `${host.name}: ${seen.name} is ${seen.state}`);
    }),
};
