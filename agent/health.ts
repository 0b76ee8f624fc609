/** `/healthz` over HTTP: 200 while this host does its part, else 503 with the reasons, one a line. */
import { createServer, type Server } from 'node:http';
import type { Address } from '../protocol/identity.ts';
import { freshness } from '../protocol/queries/hosts.ts';
import type { Host } from './host.ts';
import type { Log } from './log.ts';

export function startHealth(listen: Address, host: Host, log: Log): Server {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/healthz') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('only GET /healthz\n');
      return;
    }
    const warnings = host.member?.loop.read(freshness).warnings ?? ['not a member of a mesh yet'];
    response.writeHead(warnings.length === 0 ? 200 : 503, { 'content-type': 'text/plain' });
    response.end(warnings.length === 0 ? 'ok\n' : `${warnings.join('\n')}\n`);
  });
  // Health is no reason to die: a taken port is said and skipped.
  server.on('error', (error) =>
    log('warn', `no health page on ${listen.address}:${listen.port}: ${error.message}`),
  );
  server.listen(listen.port, listen.address);
  return server;
}
