/** The plain second witness: does anything answer on that TCP port (rule V3)? */
import { connect } from 'node:net';

export type Probe = 'open' | 'refused' | 'timeout' | 'unreachable';

/** Connects and closes at once, sends nothing. Never throws; a name that does not resolve is `unreachable`. */
export function probeTcp(address: string, port: number, timeoutMs: number): Promise<Probe> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const done = (result: Probe): void => {
      clearTimeout(timer);
      // An orderly end, no reset: a service that treats ECONNRESET as fatal must survive being watched.
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => done('timeout'), timeoutMs);
    socket.once('connect', () => done('open'));
    socket.on('error', (error: NodeJS.ErrnoException) => done(verdictOf(error.code)));
  });
}

function verdictOf(code: string | undefined): Probe {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return 'refused';
  return code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
}
