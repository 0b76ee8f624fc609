/** `npm start`: shows what runs and how to play with it, and stays until it is told to end. */
import { once } from 'node:events';
import { run as shoal } from '../main.ts';
import { COMPOSE, type Host, type Run } from './run.ts';
import { fetchTask, resolveTasks, SERVICE, SERVICE_PORT, urlOf } from './service.ts';
import type { Out } from './steps.ts';
import { until } from './wait.ts';

const SERVE_MS = 30_000;

export const stay = async (
  run: Run,
  variables: Record<string, string>,
  out: Out & { once: (event: 'drain', listener: () => void) => unknown },
  signal: AbortSignal,
): Promise<void> => {
  const [host] = run.hosts;
  if (!host) throw new Error('there is no host to play with');
  const url = await until('a task answers by HTTP', SERVE_MS, signal, () => firstUrl(host));
  const env = { ...process.env, SHOAL_SOCKET: host.socket };
  for (const command of ['hosts', 'ps']) {
    out.write(`\n$ shoal ${command}\n`);
    await shoal([command], { stdout: out, stderr: out, env, cwd: process.cwd() });
  }
  out.write(`\n${playground(run, host, url, variables).join('\n')}\n`);
  await ended(signal);
};

const firstUrl = async (host: Host): Promise<string | undefined> => {
  const [endpoint] = await resolveTasks(host.dnsPort);
  if (!endpoint) return undefined;
  await fetchTask(endpoint);
  return urlOf(endpoint);
};

const playground = (run: Run, host: Host, url: string, variables: Record<string, string>): string[] => {
  const given = Object.entries({ SHOAL_SOCKET: host.socket, ...variables }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const dig = `dig @127.0.0.1 -p ${host.dnsPort} +short`;
  const last = run.hosts.at(-1);
  const rows: [label: string, text: string][] = [
    ['A task', `curl ${url}`],
    ['Its names', `${dig} ${SERVICE}`],
    ['', `${dig} SRV ${SERVICE_PORT}`],
    ['The CLI', `export ${given.join(' ')}`],
    ['', 'npx shoal ps; npx shoal scale web=5; npx shoal why web.1'],
    ['', `npx shoal deploy -f ${COMPOSE}`],
    ['Sockets', run.hosts.map(({ socket }) => socket).join(' ')],
    ['An agent', `kill -9 ${last?.agentPid}   (${last?.name}'s: its tasks serve on)`],
  ];
  return [...rows.map(([label, text]) => `${label.padEnd(10)} ${text}`), '', 'Ctrl-C takes all of it away.'];
};

/** The timer keeps the process alive even when no agent is left. */
const ended = async (signal: AbortSignal): Promise<void> => {
  const timer = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(timer);
};
