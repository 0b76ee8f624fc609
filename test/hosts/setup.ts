// What a machine needs for beds of real hosts, and installing it.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { run } from './run.ts';

/** Command that has to be there -> the Debian package that brings it. */
const NEEDED: Readonly<Record<string, string>> = {
  dockerd: 'docker.io',
  docker: 'docker.io',
  busybox: 'busybox-static',
  ip: 'iproute2',
  'iptables-restore': 'iptables',
  ps: 'procps',
  dig: 'bind9-dnsutils',
};
const PATHS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export type Availability = { ok: true } | { ok: false; why: string };

/** Whether beds can be raised on this machine now; changes nothing. `SHOAL_TEST_HOSTS=0` says no. */
export function available(): Availability {
  const why = obstacle();
  if (why !== undefined) return { ok: false, why };
  const packages = missing();
  if (packages.length === 0) return { ok: true };
  return { ok: false, why: `${packages.join(', ')} not installed: run npm run hosts -- setup` };
}

/**
 * Installs what is missing, as root on Debian and its kin only; says so in one line on `say`.
 * Returns what `available` says afterwards.
 */
export async function setUp(say: (line: string) => void): Promise<Availability> {
  const packages = missing();
  if (obstacle() !== undefined || packages.length === 0) return available();
  if (!has('apt-get'))
    return { ok: false, why: `install ${packages.join(', ')}: only Debian's apt-get is known here` };
  say(`installing ${packages.join(' ')} with apt-get for test hosts`);
  // Before it is asked for anything, since a package list of yesterday names files that are gone.
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const updated = await run(['apt-get', 'update'], { env, timeoutMs: 300_000 });
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  const installed = updated.code === 0 ? await run(install, { env, timeoutMs: 600_000 }) : updated;
  if (installed.code === 0) return available();
  const why = installed.stderr.trim().split('\n').at(-1) ?? '';
  return { ok: false, why: `apt-get cannot install ${packages.join(' ')}: ${why}` };
}

function obstacle(): string | undefined {
  if (process.env.SHOAL_TEST_HOSTS === '0') return 'SHOAL_TEST_HOSTS=0 is set';
  if (process.platform !== 'linux') return 'real hosts need Linux';
  if (process.getuid?.() !== 0) return 'real hosts need root';
  const namespaces = spawnSync('unshare', ['--mount', '--uts', '--net', '--pid', 'true']);
  if (namespaces.status !== 0) return 'namespaces cannot be made here (unshare fails)';
  try {
    accessSync('/sys/fs/cgroup', constants.W_OK);
  } catch {
    return '/sys/fs/cgroup cannot be written to';
  }
  return undefined;
}

function missing(): string[] {
  const absent = Object.entries(NEEDED).filter(([command]) => !has(command));
  return [...new Set(absent.map(([, name]) => name))];
}

function has(command: string): boolean {
  return PATHS.some((path) => existsSync(`${path}/${command}`));
}
