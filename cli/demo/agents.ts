/** The three agents: each a process of its own with its own folder, socket and ports, joined to one mesh. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createClient } from '../client.ts';
import { freePorts } from './ports.ts';
import { type Host, NAMES, noteRun, type Run } from './run.ts';
import { until } from './wait.ts';

export const ROOT = dirname(dirname(import.meta.dirname));
const START_MS = 30_000;
const VIEW_MS = 30_000;
const JOIN_MS = 20_000;

/** Starts the agents and waits until they answer. `onEnd` hears of one that ends. */
export const startAgents = async (
  run: Run,
  signal: AbortSignal,
  onEnd: (host: Host) => void,
): Promise<void> => {
  const ports = await freePorts(2 * NAMES.length);
  // nothing may start once the run is being taken away
  signal.throwIfAborted();
  const meshPorts = ports.slice(NAMES.length);
  run.hosts = NAMES.map((name, index) => ({
    name,
    dir: join(run.dir, name),
    socket: join(run.dir, `${name}.sock`),
    dnsPort: ports[index]!,
    agentPid: null,
    powered: true,
    id: null,
  }));
  for (const [index, host] of run.hosts.entries())
    startAgent(run, host, meshPorts[index]!, () => onEnd(host));
  await Promise.all(run.hosts.map((host) => answers(host, signal)));
};

const startAgent = (run: Run, host: Host, meshPort: number, onEnd: () => void): void => {
  mkdirSync(host.dir, { mode: 0o700 });
  const log = openSync(logOf(host), 'a');
  const flags = {
    'data-dir': host.dir,
    'run-dir': join(host.dir, 'run'),
    name: host.name,
    listen: `127.0.0.1:${meshPort}`,
    advertise: '127.0.0.1',
    engine: run.engine,
    socket: host.socket,
    http: 'none',
    dns: `127.0.0.1:${host.dnsPort}`,
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const child = spawn(process.execPath, [join(ROOT, 'agent', 'main.ts'), ...args], {
    env: agentEnvironment(),
    // in a session of its own, or Ctrl-C would reach it before it can be told apart from a crash
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.once('exit', onEnd);
  child.once('error', onEnd);
  host.agentPid = child.pid ?? null;
  noteRun(run);
};

/** Without the caller's own SHOAL_ settings, and with this Node first: the process engine finds `node` by PATH. */
const agentEnvironment = (): Record<string, string | undefined> => {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('SHOAL_'));
  return { ...Object.fromEntries(kept), PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` };
};

const answers = (host: Host, signal: AbortSignal): Promise<unknown> =>
  until(`${host.name}'s agent answers`, START_MS, signal, () =>
    createClient(host.socket).call('GET /ping', {}),
  );

/** One host makes the mesh, the others join it by its invite; then each sees them all. */
export const formMesh = async (run: Run, signal: AbortSignal): Promise<void> => {
  const [first, ...others] = run.hosts;
  if (!first) throw new Error('there is no host to make the mesh');
  const made = await createClient(first.socket).call('POST /init', {});
  first.id = made.data.id;
  run.mesh = made.data.mesh;
  noteRun(run);
  const { data } = await createClient(first.socket).call('POST /invite', { body: {} });
  for (const host of others) {
    signal.throwIfAborted();
    const joined = await createClient(host.socket).call('POST /join', { body: data, deadlineMs: JOIN_MS });
    host.id = joined.data.id;
  }
  noteRun(run);
  await Promise.all(
    run.hosts.map((host) =>
      until(`${host.name} sees ${run.hosts.length} hosts alive`, VIEW_MS, signal, async () => {
        const { data: seen } = await createClient(host.socket).call('GET /hosts', {});
        const alive = seen.filter(({ state, engine }) => state === 'alive' && engine !== '');
        return alive.length === run.hosts.length ? true : undefined;
      }),
    ),
  );
};

export const logOf = (host: Host): string => join(host.dir, 'agent.log');

/** The last warnings of an agent, for a person who wants to know why something failed. */
export const lastWarnings = (host: Host, count: number): string[] => {
  const lines = readFileSync(logOf(host), 'utf8').trim().split('\n');
  return lines.filter((line) => !/"level":(?:10|20|30)\b|"level":"(?:debug|info)"/.test(line)).slice(-count);
};
