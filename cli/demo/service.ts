/** The sample service as its users see it: by DNS over UDP, and by HTTP. */
import { Resolver } from 'node:dns/promises';
import { get } from 'node:http';

export const SERVICE = 'web.demo.shoal.internal';
export const SERVICE_PORT = `_http._tcp.${SERVICE}`;
const DNS_MS = 1_000;
const HTTP_MS = 2_000;

export interface Endpoint {
  address: string;
  port: number;
}

export interface Reply {
  task: string;
  host: string;
}

export const urlOf = ({ address, port }: Endpoint): string => `http://${address}:${port}/`;

/** What the DNS server on that port of 127.0.0.1 says about the service's tasks: SRV, then A of each target. */
export const resolveTasks = async (dnsPort: number): Promise<Endpoint[]> => {
  const resolver = resolverAt(dnsPort);
  const targets = await orNone(resolver.resolveSrv(SERVICE_PORT));
  const found = targets.map(async ({ name, port }) => {
    const addresses = await orNone(resolver.resolve4(name));
    return addresses.map((address) => ({ address, port }));
  });
  return (await Promise.all(found)).flat();
};

/** A records of the service's plain name. */
export const resolveName = (dnsPort: number): Promise<string[]> =>
  orNone(resolverAt(dnsPort).resolve4(SERVICE));

const resolverAt = (dnsPort: number): Resolver => {
  const resolver = new Resolver({ timeout: DNS_MS, tries: 2 });
  resolver.setServers([`127.0.0.1:${dnsPort}`]);
  return resolver;
};

/** A name that does not exist, or holds nothing of the type, has no records; a server that fails is an error. */
const orNone = async <T>(asked: Promise<T[]>): Promise<T[]> => {
  try {
    return await asked;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw error;
  }
};

/** Which task answers there. Rejects when none does. */
export const fetchTask = (endpoint: Endpoint): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(HTTP_MS);
    const { address: host, port } = endpoint;
    get({ host, port, path: '/', agent: false, signal }, async (response) => {
      try {
        response.setEncoding('utf8');
        let text = '';
        for await (const chunk of response) text += chunk;
        const [, task, on] = /^(\S+) on (\S+)\n$/.exec(text) ?? [];
        if (task === undefined || on === undefined)
          throw new Error(`${urlOf(endpoint)} answered: ${text.trim()}`);
        resolve({ task, host: on });
      } catch (error) {
        reject(error);
      }
    }).on('error', (error) => reject(new Error(`${urlOf(endpoint)} does not answer: ${error.message}`)));
  });
