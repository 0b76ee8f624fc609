import { claimsOfHost } from '../../protocol/membership/endpoints.ts';
import { RUN } from '../../protocol/records/claim.ts';
import type { Check } from './check.ts';
import { begun } from './truth.ts';

/** What a host has taken on fits what it has: it alone decides that. */
export const reservationsFit: Check = {
  name: 'no host takes more than it has',
  when: 'anytime',
  source: 'P2',
  look: (mesh) =>
    begun(mesh).flatMap(({ host, state }) => {
      let memoryBytes = 0;
      let nanoCpus = 0;
      for (const { body } of claimsOfHost(state, host.id)) {
        if (body.run < RUN.started || body.finished) continue;
        memoryBytes += body.memoryBytes;
        nanoCpus += body.nanoCpus;
      }
      const { info } = host.engine;
      const over = memoryBytes > info.memoryBytes || nanoCpus > info.nanoCpus;
      return over ? [`${host.name} promised ${memoryBytes} bytes and ${nanoCpus} of 10^-9 cpus`] : [];
    }),
};
