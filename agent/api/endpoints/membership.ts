/** Becoming a member, inviting others, leaving. */
import { z } from 'zod';
import { readBody } from '../body.ts';
import { command, type Handlers, memberOf } from '../handler.ts';

const joinBody = z.strictObject({ invite: z.string() });
const inviteBody = z.strictObject({
  role: z.enum(['operator', 'worker']).optional(),
  expiresMs: z.number().int().positive().optional(),
  uses: z.number().int().positive().optional(),
});
const leaveBody = z.strictObject({ keep: z.boolean().optional() });

export const membership = {
  'GET /ping': async ({ host }) => ({ data: host.ping() }),
  'POST /init': async ({ host }) => ({ data: await host.init() }),
  'POST /join': async ({ host, body }) => ({ data: await host.join(readBody(joinBody, body).invite) }),
  'POST /invite': async (request) => {
    memberOf(request);
    return { data: { invite: request.host.invite(readBody(inviteBody, request.body ?? {})) } };
  },
  'POST /leave': async (request) => {
    const { keep = false } = readBody(leaveBody, request.body ?? {});
    const answer = await command<{ left: true }>(request, { command: 'leave' });
    await request.host.leave(keep);
    return answer;
  },
} satisfies Partial<Handlers>;
