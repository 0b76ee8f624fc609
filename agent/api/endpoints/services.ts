/** Services: deploy, list, inspect, scale, remove. */
import { z } from 'zod';
import { listServices, serviceDetail } from '../../../protocol/queries/services.ts';
import { findService, isFailure } from '../../../protocol/services/find.ts';
import type { Service } from '../../../protocol/services/read.ts';
import type { ServiceSpec } from '../../../protocol/spec.ts';
import type { State } from '../../../protocol/state.ts';
import { readBody } from '../body.ts';
import { ApiError, command, type Handlers, read } from '../handler.ts';

/** The core checks each specification; here only that there are some. */
const deployBody = z.strictObject({
  stack: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/i, "a stack's name holds letters, digits, '-' and '_'")
    .optional(),
  services: z.array(z.custom<ServiceSpec>((value) => typeof value === 'object' && value !== null)).min(1),
});
const scaleBody = z.strictObject({ replicas: z.number().int().min(0) });

export const services = {
  'POST /deploy': (request) => {
    const { stack, services } = readBody(deployBody, request.body);
    return command(request, { command: 'deploy', stack: stack ?? null, services });
  },
  'GET /services': async (request) => {
    const stack = request.query.get('stack');
    const all = read(request, listServices);
    return { data: stack === null ? all : all.filter((service) => service.stack === stack) };
  },
  'GET /services/:service': async (request) => ({
    data: read(request, (state) =>
      serviceDetail(state, namedService(state, request.params['service'] ?? '')),
    ),
  }),
  'POST /services/:service/scale': (request) =>
    command(request, {
      command: 'scale',
      service: request.params['service'] ?? '',
      ...readBody(scaleBody, request.body),
    }),
  'DELETE /services/:service': (request) =>
    command(request, { command: 'removeServices', services: [request.params['service'] ?? ''] }),
  'DELETE /stacks/:stack': (request) =>
    command(request, { command: 'removeStack', stack: request.params['stack'] ?? '' }),
} satisfies Partial<Handlers>;

export function namedService(state: State, name: string): Service {
  const found = findService(state, name);
  if (isFailure(found)) throw new ApiError(found.code, found.message);
  return found;
}
