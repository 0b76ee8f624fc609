import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import Docker from 'dockerode';

/** A Docker engine of this test alone, in namespaces of its own: mounts, network, names and processes. */
export interface TestDockerd {
  url: string;
  socket: string;
  docker: Docker;
  /** ends the daemon with SIGKILL: its containers' processes live on until the next one clears them away */
  kill(): Promise<void>;
  /** starts the daemon (again) and waits until it answers */
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  close(): Promise<void>;
}

export const TEST_IMAGE = 'shoal-test/busybox:latest';

/** Why none can be raised on this machine, or null. */
export function whyNoDockerd(): string | null {
  if (process.platform !== 'linux') return 'a private dockerd needs Linux';
  if (process.getuid?.() !== 0) return 'a private dockerd needs root';
  for (const tool of ['dockerd', 'containerd', 'unshare', 'nsenter', 'ip', 'busybox']) {
    if (!pathOf(tool)) return `a private dockerd needs ${tool}`;
  }
  return null;
}

function pathOf(tool: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, tool)).find((path) => existsSync(path));
}

export async function raiseDockerd(): Promise<TestDockerd> {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-dockerd-'));
  const socket = join(dir, 'docker.sock');
  const docker = new Docker({ socketPath: socket });
  const cgroup = `/shoal-test-${process.pid}`;
  const space = await openSpace();
  let daemon: ChildProcess | null = null;

  async function start(): Promise<void> {
    rmSync(join(dir, 'docker.pid'), { force: true });
    const inside = ['-t', String(space.pid), '-m', '-n', '-u', '-p', 'dockerd'];
    const files = [
      '--data-root',
      join(dir, 'data'),
      '--exec-root',
      join(dir, 'exec'),
      '-p',
      join(dir, 'docker.pid'),
    ];
    const options = ['-H', `unix://${socket}`, '--cgroup-parent', cgroup, '--log-level', 'error'];
    const child = spawn('nsenter', [...inside, ...files, ...options], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let complaints = '';
    child.stderr?.on('data', (chunk) => {
      complaints = `${complaints}${chunk}`.slice(-2000);
    });
    daemon = child;
    await eventually('dockerd to answer', 30_000, async () => {
      if (child.exitCode !== null) throw new Error(`dockerd ended at once: ${complaints}`);
      return docker.ping().then(Boolean, () => false);
    });
  }

  function signal(name: NodeJS.Signals): void {
    for (const pid of childrenOf(daemon?.pid)) process.kill(pid, name);
    // nsenter stops itself when its child is stopped, but does not go on by itself
    if (name === 'SIGCONT') daemon?.kill('SIGCONT');
  }

  async function kill(): Promise<void> {
    const child = daemon;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    signal('SIGKILL');
    await ended;
  }

  async function close(): Promise<void> {
    signal('SIGCONT');
    const abortSignal = AbortSignal.timeout(5_000);
    const left = await docker.listContainers({ all: true, abortSignal }).catch(() => []);
    await Promise.all(
      left.map(({ Id }) =>
        docker
          .getContainer(Id)
          .remove({ force: true })
          .catch(() => undefined),
      ),
    );
    await space.close();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    await removeCgroups(cgroup);
  }

  try {
    await start();
    await importImage(docker, dir);
  } catch (err) {
    await close();
    throw err;
  }
  return { url: `unix://${socket}`, socket, docker, kill, start, signal, close };
}

/**
 * Namespaces held by one process that ends when its input does: whatever becomes of this test, the kernel then
 * kills everything inside and takes mounts and links away.
 */
async function openSpace(): Promise<{ pid: number; close(): Promise<void> }> {
  const setUp = 'hostname shoal-test && ip link set lo up && mount -t tmpfs tmpfs /run && echo ready';
  // the shell is process 1 there: it must wait, and so bury orphans, or a killed containerd would seem to live on
  const hold = 'exec 4<&0; cat <&4 >/dev/null & wait $!';
  const flags = [
    '-m',
    '-n',
    '-u',
    '-p',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--propagation',
    'private',
  ];
  const holder = spawn('unshare', [...flags, 'sh', '-c', `${setUp} || exit 1; ${hold}`], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => holder.once('exit', () => resolve()));
  const ready = new Promise<boolean>((resolve) => {
    holder.stdout.once('data', () => resolve(true));
    holder.once('exit', () => resolve(false));
  });
  if (!(await ready)) throw new Error(`no namespaces here: ${holder.stderr.read() ?? ''}`);
  const [pid] = childrenOf(holder.pid);
  if (pid === undefined) throw new Error('the process that holds the namespaces is gone');
  return {
    pid,
    async close() {
      holder.stdin.end();
      await ended;
    },
  };
}

function childrenOf(pid: number | undefined): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** A root with nothing but busybox: no registry can be asked. */
async function importImage(docker: Docker, dir: string): Promise<void> {
  const root = join(dir, 'root');
  const bin = join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const folder of ['tmp', 'etc', 'proc', 'sys', 'dev']) mkdirSync(join(root, folder));
  copyFileSync(pathOf('busybox') ?? '', join(bin, 'busybox'));
  for (const tool of ['sh', 'sleep', 'touch', 'rm', 'test', 'echo', 'cat', 'tail', 'true']) {
    symlinkSync('busybox', join(bin, tool));
  }
  const tar = join(dir, 'root.tar');
  execFileSync('tar', ['cf', tar, '-C', root, '.']);
  const [repo, tag] = TEST_IMAGE.split(':');
  const progress = await docker.importImage(tar, { repo, tag });
  // the import is done when its progress ends
  await finished(progress.resume());
}

/** The kernel lets go of a group only some time after its last process. */
async function removeCgroups(cgroup: string): Promise<void> {
  const all = ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `/sys/fs/cgroup*${cgroup}*`];
  const find = (...more: string[]) => spawnSync('find', [...all, ...more], { encoding: 'utf8' }).stdout;
  await eventually(`the control groups ${cgroup} to be free`, 5_000, () => {
    find('-exec', 'rmdir', '{}', '+');
    return find() === '';
  });
}

export async function eventually(
  what: string,
  ms: number,
  holds: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
