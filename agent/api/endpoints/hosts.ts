/** Hosts: state, availability, labels, removal. */
import { z } from 'zod';
import { hostInfo, listHosts } from '../../../protocol/queries/hosts.ts';
import { findHost, isFailure } from '../../../protocol/services/find.ts';
import type { State } from '../../../protocol/state.ts';
import { readBody } from '../body.ts';
import { ApiError, command, type Handlers, read } from '../handler.ts';

const availabilityBody = z.strictObject({ availability: z.enum(['active', 'drain']) });
const labelsBody = z.strictObject({
  set: z.record(z.string().min(1), z.string()).optional(),
  remove: z.array(z.string().min(1)).optional(),
});

export const hosts = {
  'GET /hosts': async (request) => ({ data: read(request, listHosts) }),
  'GET /hosts/:host': async (request) => ({
    data: read(request, (state) => hostInfo(state, named(state, request.params['host'] ?? ''))),
  }),
  'POST /hosts/:host/availability': (request) =>
    command(request, {
      command: 'setAvailability',
      host: request.params['host'] ?? '',
      ...readBody(availabilityBody, request.body),
    }),
  'POST /hosts/:host/labels': (request) => {
    const { set = {}, remove = [] } = readBody(labelsBody, request.body);
    return command(request, { command: 'setHostLabels', host: request.params['host'] ?? '', set, remove });
  },
  'DELETE /hosts/:host': (request) =>
    command(request, { command: 'removeHost', host: request.params['host'] ?? '' }),
} satisfies Partial<Handlers>;

function named(state: State, name: string): string {
  const found = findHost(state, name);
  if (isFailure(found)) throw new ApiError(found.code, found.message);
  return found;
}
