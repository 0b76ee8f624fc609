import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What happens to a request between the agent and the engine. */
export type Fault = 'pass' | 'swallow' | 'hideAnswer';

/** Stands before an engine's socket and breaks things on the way, as networks and loaded daemons do. */
export interface FaultyProxy {
  url: string;
  /** decides per request; `swallow`: never reaches the engine; `hideAnswer`: only its answer is lost */
  rule(decide: (method: string, path: string) => Fault): void;
  /** requests that met a fault so far */
  hits(): number;
  /** breaks every connection, streams included */
  cut(): void;
  close(): Promise<void>;
}

/** Listens at a path, or, for 0, at a port of this machine. */
export async function faultyProxy(socketPath: string, listenAt: string | 0): Promise<FaultyProxy> {
  let decide: (method: string, path: string) => Fault = () => 'pass';
  let hits = 0;
  const open = new Set<Socket>();

  function handle(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const fault = decide(method, path);
    if (fault !== 'pass') hits += 1;
    if (fault === 'swallow') return;
    const forward = request({ socketPath, method, path, headers, agent: false }, (response) => {
      if (fault === 'hideAnswer') return void response.resume();
      answer.writeHead(response.statusCode ?? 502, response.headers);
      answer.flushHeaders();
      response.pipe(answer);
      response.on('error', () => answer.destroy());
    });
    forward.on('error', () => answer.destroy());
    answer.on('close', () => fault === 'pass' && forward.destroy());
    incoming.pipe(forward);
  }

  const server = createServer(handle);
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) =>
    server.listen(listenAt === 0 ? { port: 0, host: '127.0.0.1' } : { path: listenAt }, resolve),
  );
  const address = server.address();

  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: typeof address === 'object' ? `tcp://127.0.0.1:${address?.port}` : `unix://${listenAt}`,
    rule(next) {
      decide = next;
    },
    hits: () => hits,
    cut,
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
