// Power of one host: a first process that holds its namespaces, and all that runs in them.
//
// A host is a PID, network, mount and UTS namespace with its own /run. The PID namespace makes a loss of power
// true: when its first process is killed, the kernel kills every process below it at once, containers and
// their shims included, and the mounts of the private mount namespace go with the last of them.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { thawCgroups } from './cgroups.ts';
import { must, PLAIN_ENV, type Result, type RunOptions, run, until } from './run.ts';
import { type BedState, hostOf, hostStateOf, update } from './state.ts';

/** The constant address on which every host's agent answers DNS. */
export const DNS_ADDRESS = '169.254.20.10';

// Waiting makes the shell reap orphans, as process 1 has to. A fresh /proc shows this host's processes only.
const INIT = `
set -e
hostname "$1"
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/lock /run/shoal
ip link set lo up
ip address add ${DNS_ADDRESS}/32 dev lo
exec 2>/dev/null
echo up >&3
exec 3>&-
sleep infinity &
wait`;

// Prints the PID that the machine (not the host) knows the first process by.
const START_INIT = `
exec 3>&1
setsid sh -c "$0" "$@" >/dev/null </dev/null &
echo $!`;

/** Switches a host on; its network is not joined yet. Returns the PID of its first process. */
export async function powerOn(state: BedState, index: number): Promise<number> {
  const host = hostOf(state, index);
  const unshare = ['unshare', '--mount', '--uts', '--net', '--pid', '--propagation', 'private'];
  // The output is at its end once the first process has closed it, so the host is complete when this returns.
  const started = await run([...unshare, 'sh', '-c', START_INIT, INIT, marker(state.name, index), host.name]);
  const lines = started.stdout.trim().split('\n');
  if (!lines.includes('up')) throw new Error(`${host.name} did not start: ${started.stderr.trim()}`);
  const initPid = Number(lines.find((line) => line !== 'up'));
  update(state.name, index, (it) => {
    it.initPid = initPid;
  });
  return initPid;
}

/** Kills everything that runs on a host at once and returns when nothing of it is left. */
export async function powerOff(bedName: string, { index, pid }: Init): Promise<void> {
  kill(pid, 'SIGKILL');
  thawCgroups(bedName, index);
  // The kernel lets the first process end only after all others of its namespace.
  await until(`the end of all that h${index} of bed ${bedName} ran`, 30_000, () => !isRunning(pid));
}

/** First process of a host. */
export interface Init {
  index: number;
  pid: number;
}

/** The first process of a host that has power; throws when it is off. */
export function initPidOf(state: BedState, index: number): number {
  const { initPid } = hostStateOf(state, index);
  if (initPid !== undefined && isInit(initPid, marker(state.name, index))) return initPid;
  throw new Error(`h${index} is off: raise it first`);
}

export function isOn(state: BedState, index: number): boolean {
  const { initPid } = hostStateOf(state, index);
  return initPid !== undefined && isInit(initPid, marker(state.name, index));
}

/** The first processes of all hosts of a bed, found by their command line: works without any state. */
export function findInits(bedName: string): Init[] {
  const marks = pidsOnMachine().map((pid) => ({ pid, mark: markOf(pid) }));
  const found = marks.filter(({ pid, mark }) => mark.startsWith(marker(bedName, '')) && isRunning(pid));
  return found.map(({ pid, mark }) => ({ pid, index: Number(mark.split('/')[2]) }));
}

/** Runs a command inside a host to its end. */
export async function runInside(
  initPid: number,
  argv: readonly string[],
  options: RunOptions & { cwd?: string } = {},
): Promise<Result> {
  const { cwd = '/', ...rest } = options;
  return run([...enter(initPid), 'env', '-C', cwd, ...argv], rest);
}

/** Runs a command inside a host on this terminal; resolves with its exit code. */
export function runOnTerminal(
  initPid: number,
  argv: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const [command = '', ...args] = [...enter(initPid), ...argv];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env: { ...PLAIN_ENV, ...env } });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

export interface Service {
  argv: readonly string[];
  logFile: string;
  cwd: string;
  env: Record<string, string>;
}

// The shell is inside and ends at once: so the host's first process becomes the service's parent and reaps it.
const START_SERVICE = `
cd "$0" || exit 1
log=$1
shift
setsid "$@" >>"$log" 2>&1 </dev/null &
echo $!`;

/** Starts a process that stays inside a host, whatever becomes of this one. Returns its PID on the machine. */
export async function startInside(initPid: number, service: Service): Promise<number> {
  const { argv, logFile, cwd, env } = service;
  const shell = ['sh', '-c', START_SERVICE, cwd, logFile, ...argv];
  const pidInside = await must([...enter(initPid), ...shell], { env });
  const pid = pidsOnMachine().find((it) => runsInside(initPid, it) && pidInsideOf(it) === pidInside);
  if (pid === undefined) throw new Error(`${argv[0]} ended as soon as it was started: see ${logFile}`);
  return pid;
}

/** What a process is called in its own PID namespace. */
function pidInsideOf(pid: number): string | undefined {
  return /^NSpid:.*\s(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1];
}

/** Whether a PID still names a process of this host. */
export function runsInside(initPid: number, pid: number): boolean {
  return isRunning(pid) && pidNamespace(pid) === pidNamespace(initPid);
}

/** Whether nothing is left of a process; a dead one that waits to be reaped still holds its pid file. */
export function hasEnded(pid: number): boolean {
  return !existsSync(`/proc/${pid}`);
}

/** Sends a signal; a process that has just ended is no error. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (isRunning(pid)) throw error;
  }
}

function enter(initPid: number): string[] {
  return ['nsenter', '--target', String(initPid), '--mount', '--uts', '--net', '--pid'];
}

function marker(bedName: string, index: number | ''): string {
  return `shoal-bed/${bedName}/${index}`;
}

function isInit(pid: number, mark: string): boolean {
  return markOf(pid) === mark && isRunning(pid);
}

/** The mark on a first process: the word behind `sh -c SCRIPT`. */
function markOf(pid: number): string {
  const [shell, option, , mark = ''] = read(`/proc/${pid}/cmdline`).split('\0');
  return shell === 'sh' && option === '-c' ? mark : '';
}

/** Whether a process runs; one that is dead and not yet reaped does not. */
function isRunning(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat !== '' && !/\) [ZX] /.test(stat);
}

function pidsOnMachine(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number);
}

function pidNamespace(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return `none of ${pid}`;
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
