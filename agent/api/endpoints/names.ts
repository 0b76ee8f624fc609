/** What the agent's DNS answers for a name, asked from this host. */
import { explain } from '../../../protocol/naming/lookup.ts';
import { type Handlers, memberOf } from '../handler.ts';

export const names = {
  'GET /dns/:name': async (request) => {
    const { dns } = memberOf(request);
    const type = (request.query.get('type') ?? 'ANY').toUpperCase();
    return { data: explain(dns.zone, request.params['name'] ?? '', type, '127.0.0.1') };
  },
} satisfies Partial<Handlers>;
