/**
 * The sample service: says which task it is and on which host. `node server.mjs check` is its health check.
 * It needs nothing but Node, so that an image of Node alone runs it.
 */
import { createServer, get } from 'node:http';

const port = Number(process.env.PORT ?? 8080);
const { SHOAL_TASK: task = 'a task', SHOAL_HOST: host = 'a host' } = process.env;

if (process.argv[2] === 'check') {
  get({ port, path: '/health' }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on(
    'error',
    () => process.exit(1),
  );
} else {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/plain');
    // who asks again is to get another task by its name, not this one by its open connection
    response.setHeader('connection', 'close');
    response.end(request.url === '/health' ? 'ok\n' : `${task} on ${host}\n`);
  });
  server.listen(port, () => process.stdout.write(`${task} on ${host} listens on port ${port}\n`));
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit());
}
