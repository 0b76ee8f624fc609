// What is known of a bed from one command to the next: a JSON file in the bed's folder.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Every bed's folder lies in here, with the cache of images and the subnets that are taken. */
export const BEDS_DIR = '/var/lib/shoal-beds';

const launch = z.object({ extraFlags: z.array(z.string()), env: z.record(z.string(), z.string()) });

const hostState = z.object({
  index: z.number(),
  address: z.string(),
  /** The host's first process while it has power; absent when it is off. */
  initPid: z.number().optional(),
  enginePid: z.number().optional(),
  agentPid: z.number().optional(),
  /** How the agent was started last: power on starts it again so. Absent: this host has no agent. */
  agent: launch.optional(),
  /** The cable is out. */
  cut: z.boolean(),
  /** Probability that an incoming packet is lost. */
  loss: z.number(),
});

const bedState = z.object({
  name: z.string(),
  /** Third byte of the subnet 10.77.x.0/24. */
  subnet: z.number(),
  /** The process that raised the bed, with its start time in kernel ticks, since numbers come round again. */
  owner: z.object({ pid: z.number(), startTicks: z.string() }),
  /** Two hosts hear each other if a group holds both; hosts in no group hear all. Empty: no partition. */
  groups: z.array(z.array(z.number())),
  hosts: z.array(hostState),
});

export type AgentLaunch = z.infer<typeof launch>;
export type HostState = z.infer<typeof hostState>;
export type BedState = z.infer<typeof bedState>;

/** One host of a bed, as tests see it. All paths are the same inside and outside the host. */
export interface Host {
  /** From 1. */
  index: number;
  /** `h1`, `h2` ...; also its host name. */
  name: string;
  address: string;
  /** Folder of this host: its disks, sockets and logs. */
  dir: string;
  dockerSocket: string;
  shoalSocket: string;
  /** The agent's data dir; outlives a loss of power. */
  dataDir: string;
  /** What the agent wrote to stdout and stderr. */
  logFile: string;
  engineLogFile: string;
}

export function bedDir(name: string): string {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name)) {
    throw new Error(`bed name '${name}': use up to 31 of a-z, 0-9 and -, and begin with a letter`);
  }
  return join(BEDS_DIR, name);
}

export function hostOf(state: BedState, index: number): Host {
  const { address } = hostStateOf(state, index);
  const name = `h${index}`;
  const dir = join(bedDir(state.name), name);
  return {
    index,
    name,
    address,
    dir,
    dockerSocket: join(dir, 'docker.sock'),
    shoalSocket: join(dir, 'shoal.sock'),
    dataDir: join(dir, 'shoal'),
    logFile: join(dir, 'agent.log'),
    engineLogFile: join(dir, 'engine.log'),
  };
}

export function hostStateOf(state: BedState, index: number): HostState {
  const found = state.hosts.find((host) => host.index === index);
  if (!found) throw new Error(`bed ${state.name} has hosts 1 to ${state.hosts.length}, and no ${index}`);
  return found;
}

/** The state of a bed; throws a line that says how to raise one when there is none. */
export function load(name: string): BedState {
  const file = join(bedDir(name), 'bed.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`there is no bed '${name}': raise one with 'npm run hosts -- up 5'`);
  }
  return bedState.parse(JSON.parse(text));
}

export function save(state: BedState): void {
  const file = join(bedDir(state.name), 'bed.json');
  writeFileSync(`${file}.new`, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Reads, changes and writes the state in one turn, so that operations under way at once lose nothing. */
export function update(name: string, index: number, change: (host: HostState) => void): void {
  const state = load(name);
  change(hostStateOf(state, index));
  save(state);
}

/**
 * Takes a subnet number (0 to 250) for a bed: one that its name suggests, or the next free one, so that any
 * two beds can stand side by side. A symbolic link holds it: making one is atomic between processes.
 */
export function takeSubnet(name: string): number {
  mkdirSync(BEDS_DIR, { recursive: true });
  const wanted = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 251, 0);
  const first = name === 'shoal' ? 0 : wanted;
  for (let step = 0; step < 251; step++) {
    const subnet = (first + step) % 251;
    try {
      symlinkSync(name, subnetLink(subnet));
      return subnet;
    } catch {
      // another bed has it
    }
  }
  throw new Error(`no free subnet in 10.77.0.0/16: take beds down, or empty ${BEDS_DIR}`);
}

/** The subnets that stand in a bed's name; more than one only after crashes. */
export function subnetsOf(name: string): number[] {
  return subnetLinks()
    .filter((subnet) => readlinkSync(subnetLink(subnet)) === name)
    .toSorted((a, b) => a - b);
}

export function releaseSubnet(subnet: number): void {
  unlinkSync(subnetLink(subnet));
}

function subnetLinks(): number[] {
  let entries: string[];
  try {
    entries = readdirSync(BEDS_DIR);
  } catch {
    return [];
  }
  return entries.filter((entry) => entry.startsWith('.subnet-')).map((entry) => Number(entry.slice(8)));
}

function subnetLink(subnet: number): string {
  return join(BEDS_DIR, `.subnet-${subnet}`);
}
