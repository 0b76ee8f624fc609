// The shoal agent of one host.
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { answers } from './engine.ts';
import { DNS_ADDRESS, hasEnded, initPidOf, kill, runsInside, startInside } from './power.ts';
import { until } from './run.ts';
import { type AgentLaunch, type BedState, type Host, hostOf, hostStateOf, update } from './state.ts';

/** Root of the repository. */
export const REPO = dirname(dirname(import.meta.dirname));
export const NODE = join(REPO, 'node_modules', '.bin', 'node');

/** Starts a host's agent and waits until it answers on its socket. Flags and environment are kept for power on. */
export async function startAgent(state: BedState, index: number, launch: AgentLaunch): Promise<void> {
  const host = hostOf(state, index);
  const initPid = initPidOf(state, index);
  if (findAgent(state, index) !== undefined)
    throw new Error(`${host.name}'s agent runs already: stop it first`);
  rmSync(host.shoalSocket, { force: true });
  const argv = [NODE, 'agent/main.ts', ...flagsOf(host), ...launch.extraFlags];
  const pid = await startInside(initPid, { argv, logFile: host.logFile, cwd: REPO, env: launch.env });
  update(state.name, index, (it) => {
    it.agentPid = pid;
  });
  await until(`${host.name}'s agent answers (see ${host.logFile})`, 30_000, async () => {
    if (!runsInside(initPid, pid)) throw new Error(`${host.name}'s agent ended: ${lastLine(host.logFile)}`);
    return answers(host.shoalSocket, '/shoal/v1/ping');
  });
  update(state.name, index, (it) => {
    it.agent = launch;
  });
}

function flagsOf(host: Host): string[] {
  const flags = {
    'data-dir': host.dataDir,
    'run-dir': '/run/shoal',
    name: host.name,
    listen: '0.0.0.0:7946',
    advertise: host.address,
    engine: `unix://${host.dockerSocket}`,
    socket: host.shoalSocket,
    http: '127.0.0.1:7080',
  };
  const dns = [DNS_ADDRESS, '127.0.0.1', host.address].flatMap((address) => ['--dns', `${address}:53`]);
  return [...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]), ...dns];
}

/** Signals the agent alone, none of its children or containers, and waits for its end. */
export async function stopAgent(state: BedState, index: number, signal: NodeJS.Signals): Promise<void> {
  const pid = agentPidOf(state, index);
  kill(pid, signal);
  const what = `h${index}'s agent ends on ${signal} (a frozen one has to be thawed first)`;
  await until(what, 30_000, () => hasEnded(pid));
}

/** PID of a host's agent on the machine; throws when it does not run. */
export function agentPidOf(state: BedState, index: number): number {
  const pid = findAgent(state, index);
  if (pid === undefined) throw new Error(`h${index}'s agent does not run: start it first`);
  return pid;
}

export function findAgent(state: BedState, index: number): number | undefined {
  const { agentPid } = hostStateOf(state, index);
  return agentPid !== undefined && runsInside(initPidOf(state, index), agentPid) ? agentPid : undefined;
}

function lastLine(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').at(-1) || `it said nothing in ${file}`;
}
