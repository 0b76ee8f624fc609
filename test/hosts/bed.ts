// A bed of real Docker hosts on one machine: their power, cables, engines and agents, for tests and for play.
import { mkdirSync, readFileSync } from 'node:fs';
import { agentPidOf, findAgent, NODE, REPO, startAgent, stopAgent } from './agent.ts';
import { removeCgroups } from './cgroups.ts';
import { enginePidOf, startEngine, stopEngine } from './engine.ts';
import { imageArchive, loadImages } from './images.ts';
import * as network from './network.ts';
import { initPidOf, isOn, kill, powerOff, powerOn, runInside } from './power.ts';
import { PLAIN_ENV, type Result, type RunOptions, run } from './run.ts';
import type { AgentLaunch, Host } from './state.ts';
import * as states from './state.ts';
import { checkNotInUse, startTicksOf, tearDown } from './teardown.ts';

export { BUSYBOX_IMAGE, WEB_IMAGE } from './images.ts';
export { ok, type Result, until } from './run.ts';
export type { Host } from './state.ts';

export interface BedOptions {
  /** a-z, 0-9 and -; beds of different names stand side by side. `shoal` unless told. */
  name?: string;
  hosts: number;
  /** Start an agent on every host, now and at each power on. */
  agents?: boolean;
}

/** What a host is doing. */
export interface HostStatus {
  host: Host;
  on: boolean;
  cut: boolean;
  loss: number;
  agentPid: number | undefined;
}

export interface Bed {
  readonly name: string;
  host(index: number): Host;
  hosts(): Host[];
  status(): HostStatus[];

  /** Runs a command inside a host, with the engine's and the agent's sockets in its environment. */
  exec(index: number, argv: readonly string[], options?: RunOptions & { cwd?: string }): Promise<Result>;
  /** The docker CLI against a host's engine. */
  docker(index: number, ...args: string[]): Promise<Result>;
  /** The shoal CLI inside a host, against its agent. */
  shoal(index: number, ...args: string[]): Promise<Result>;

  startAgent(index: number, launch?: Partial<AgentLaunch>): Promise<void>;
  /** Ends the agent alone, by its PID; SIGTERM unless told. */
  stopAgent(index: number, signal?: NodeJS.Signals): Promise<void>;
  agentPid(index: number): number;
  /** Stops the agent's process from running, and lets it run on. */
  freeze(index: number): void;
  thaw(index: number): void;
  startEngine(index: number): Promise<void>;
  stopEngine(index: number, signal?: NodeJS.Signals): Promise<void>;
  enginePid(index: number): number;

  /** Loss of power: the link first, then every process at once. Disks stay; /run is gone. */
  kill(index: number): Promise<void>;
  /** Power on again, perhaps at another address of the bed's subnet. */
  raise(index: number, options?: { address?: string }): Promise<void>;
  /** The cable out and in, at the far end. */
  cut(index: number): Promise<void>;
  heal(index: number): Promise<void>;
  /**
   * Only hosts that share a group hear each other; hosts in no group hear all. Groups may overlap:
   * [[1, 3], [3, 2]] cuts 1 from 2 only. Replaces the partition before it.
   */
  partition(groups: number[][]): Promise<void>;
  /** Ends the partition, plugs in every cable and ends all losses. */
  healAll(): Promise<void>;
  /** Probability 0 to 1 that a packet to this host is lost on arrival. */
  loss(index: number, probability: number): Promise<void>;

  /** Ends and deletes all of it; more often than once does no harm. */
  down(): Promise<void>;
}

/** Raises a bed with all hosts on and their engines answering; what a crashed run of its name left goes first. */
export async function raiseBed(options: BedOptions): Promise<Bed> {
  const { name = 'shoal', hosts, agents = false } = options;
  if (!Number.isInteger(hosts) || hosts < 1 || hosts > 99) throw new Error(`${hosts} hosts: ask for 1 to 99`);
  checkNotInUse(name);
  await tearDown(name);
  const subnet = states.takeSubnet(name);
  const indexes = Array.from({ length: hosts }, (_, at) => at + 1);
  mkdirSync(states.bedDir(name), { recursive: true });
  const agent = agents ? { agent: { extraFlags: [], env: {} } } : {};
  states.save({
    name,
    subnet,
    owner: { pid: process.pid, startTicks: startTicksOf(process.pid) },
    groups: [],
    hosts: indexes.map((index) => ({
      index,
      address: network.firstAddress(subnet, index),
      cut: false,
      loss: 0,
      ...agent,
    })),
  });
  const bed = bedOf(name);
  try {
    await network.raiseBridge(subnet);
    await allOf(indexes.map((index) => bed.raise(index)));
  } catch (error) {
    // Its log is the only thing that says why an engine would not start; it is deleted with the bed.
    const logs = indexes.map((index) => lastLines(bed.host(index).engineLogFile)).join('');
    await bed.down();
    throw new Error(`bed ${name} did not come up: ${messageOf(error)}\n${logs}`, { cause: error });
  }
  return bed;
}

/** A bed that another command raised; throws when there is none of that name. */
export function attachBed(name = 'shoal'): Bed {
  states.load(name);
  return bedOf(name);
}

/** Gives `shoal/busybox:test` and `shoal/web:test` to every host, with the same ids everywhere. */
export async function prepareImages(bed: Bed): Promise<void> {
  const sockets = bed
    .status()
    .filter((it) => it.on)
    .map((it) => it.host.dockerSocket);
  const archive = await imageArchive(sockets[0] ?? '');
  await allOf(sockets.map((socket) => loadImages(archive, socket)));
}

function bedOf(name: string): Bed {
  const state = () => states.load(name);
  const host = (index: number) => states.hostOf(state(), index);
  const initPid = (index: number) => initPidOf(state(), index);
  return {
    name,
    host,
    hosts: () => state().hosts.map((it) => host(it.index)),
    status: () => statusOf(state()),
    exec: (index, argv, options = {}) => {
      const env = { ...environmentOf(host(index)), ...options.env };
      return runInside(initPid(index), argv, { ...options, env });
    },
    docker: (index, ...args) => run(['docker', '--host', `unix://${host(index).dockerSocket}`, ...args]),
    shoal: (index, ...args) => {
      const argv = [NODE, 'cli/main.ts', ...args];
      return runInside(initPid(index), argv, { cwd: REPO, env: environmentOf(host(index)) });
    },
    startAgent: (index, { extraFlags = [], env = {} } = {}) =>
      startAgent(state(), index, { extraFlags, env }),
    stopAgent: (index, signal = 'SIGTERM') => stopAgent(state(), index, signal),
    agentPid: (index) => agentPidOf(state(), index),
    freeze: (index) => kill(agentPidOf(state(), index), 'SIGSTOP'),
    thaw: (index) => kill(agentPidOf(state(), index), 'SIGCONT'),
    startEngine: (index) => startEngine(state(), index),
    stopEngine: (index, signal = 'SIGTERM') => stopEngine(state(), index, signal),
    enginePid: (index) => enginePidOf(state(), index),
    kill: (index) => killHost(state(), index),
    raise: (index, options = {}) => raiseHost(name, index, options.address),
    cut: (index) => setCable(name, index, true),
    heal: (index) => setCable(name, index, false),
    partition: async (groups) => {
      for (const index of groups.flat()) host(index);
      states.save({ ...state(), groups });
      await applyFaults(state());
    },
    healAll: async () => {
      const before = state();
      const hosts = before.hosts.map((it) => ({ ...it, cut: false, loss: 0 }));
      states.save({ ...before, groups: [], hosts });
      for (const it of before.hosts) if (it.cut) await setCable(name, it.index, false);
      await applyFaults(state());
    },
    loss: async (index, probability) => {
      if (!(probability >= 0 && probability <= 1)) throw new Error(`loss ${probability}: give 0 to 1`);
      states.update(name, index, (it) => {
        it.loss = probability;
      });
      await applyFaults(state(), index);
    },
    down: () => tearDown(name),
  };
}

/** The variables that make `docker` and `shoal` inside a host speak to its engine and its agent. */
export function environmentOf(host: Host): Record<string, string> {
  const PATH = `${REPO}/cli:${REPO}/node_modules/.bin:${PLAIN_ENV.PATH}`;
  return { PATH, DOCKER_HOST: `unix://${host.dockerSocket}`, SHOAL_SOCKET: host.shoalSocket };
}

async function killHost(state: states.BedState, index: number): Promise<void> {
  const pid = initPidOf(state, index);
  // First, so that no dying process can say goodbye to anyone.
  await network.setCable(state.subnet, index, 'down');
  await powerOff(state.name, { index, pid });
  await network.removeLink(state.subnet, index);
  await removeCgroups(state.name, index);
}

async function raiseHost(name: string, index: number, address?: string): Promise<void> {
  const before = states.load(name);
  if (isOn(before, index)) throw new Error(`h${index} is on: kill it first`);
  if (address !== undefined) network.checkAddress(before, index, address);
  states.update(name, index, (it) => {
    it.address = address ?? it.address;
  });
  mkdirSync(states.hostOf(before, index).dataDir, { recursive: true });
  await network.removeLink(before.subnet, index);
  const initPid = await powerOn(states.load(name), index);
  await network.joinNetwork(states.load(name), index, initPid);
  await startEngine(states.load(name), index);
  const { agent } = states.hostStateOf(states.load(name), index);
  if (agent) await startAgent(states.load(name), index, agent);
}

async function setCable(name: string, index: number, out: boolean): Promise<void> {
  states.update(name, index, (it) => {
    it.cut = out;
  });
  const state = states.load(name);
  if (isOn(state, index)) await network.setCable(state.subnet, index, out ? 'down' : 'up');
}

/** Hosts that are off get their faults when they are raised. */
async function applyFaults(state: states.BedState, only?: number): Promise<void> {
  const indexes = state.hosts.map((it) => it.index).filter((index) => only === undefined || index === only);
  const on = indexes.filter((index) => isOn(state, index));
  await allOf(on.map((index) => network.applyFaults(state, index, initPidOf(state, index))));
}

function statusOf(state: states.BedState): HostStatus[] {
  return state.hosts.map(({ index, cut, loss }) => {
    const on = isOn(state, index);
    return {
      host: states.hostOf(state, index),
      on,
      cut,
      loss,
      agentPid: on ? findAgent(state, index) : undefined,
    };
  });
}

/** Waits for all, also when one fails, so that nothing is still being started while a bed is taken down. */
async function allOf(actions: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(actions)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

function lastLines(file: string): string {
  try {
    return `${file}:\n${readFileSync(file, 'utf8').trim().split('\n').slice(-3).join('\n')}\n`;
  } catch {
    return '';
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
