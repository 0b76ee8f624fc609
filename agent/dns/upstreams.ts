/** The resolvers that names outside the mesh are forwarded to: those of the host, never ourselves. */
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { DnsAddress } from './messages.ts';

const DNS_PORT = 53;
const RESOLV_CONF = '/etc/resolv.conf';
/** what systemd-resolved itself asks; its stub on 127.0.0.53 would be one more step, and may ask us */
const RESOLVED_CONF = '/run/systemd/resolve/resolv.conf';
const RESOLVED_STUBS = ['127.0.0.53', '127.0.0.54'];
/** the file is looked at again no sooner than this */
const CHECK_MS = 1_000;

/** Addresses behind `nameserver`, in their order; anything that is no address is passed over. */
function parseResolvConf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((address) => isIP(address.replace(/%.*$/, '')) !== 0);
}

/**
 * Gives the upstreams of the moment: `fixed` when given, else the host's, read again when their file changes.
 * `bound` are our own listening addresses, left out so that no question comes back to us.
 */
export function createUpstreamSource(
  fixed: DnsAddress[] | undefined,
  bound: DnsAddress[],
): () => DnsAddress[] {
  if (fixed !== undefined) return () => fixed;
  let upstreams: DnsAddress[] = [];
  let checkedMs = Number.NEGATIVE_INFINITY;
  let version = '';
  return () => {
    const nowMs = performance.now();
    if (nowMs - checkedMs < CHECK_MS) return upstreams;
    checkedMs = nowMs;
    const found = `${versionOf(RESOLV_CONF)} ${versionOf(RESOLVED_CONF)}`;
    if (found !== version)
      upstreams = chooseUpstreams(readText(RESOLV_CONF), readText(RESOLVED_CONF), ownAddresses(bound));
    version = found;
    return upstreams;
  };
}

/** From the text of both files; `own` are addresses where we answer ourselves. */
export function chooseUpstreams(resolvConf: string, resolvedConf: string, own: Set<string>): DnsAddress[] {
  const listed = parseResolvConf(resolvConf);
  const stubbed = listed.some((address) => RESOLVED_STUBS.includes(address));
  const behind = stubbed ? parseResolvConf(resolvedConf) : [];
  return (behind.length > 0 ? behind : listed)
    .filter((address) => !own.has(address))
    .map((address) => ({ address, port: DNS_PORT }));
}

/** Only listeners on port 53 count: on another port, a resolver at the same address is somebody else. */
function ownAddresses(bound: DnsAddress[]): Set<string> {
  const listening = bound.filter(({ port }) => port === DNS_PORT).map(({ address }) => address);
  const everywhere = listening.includes('0.0.0.0') || listening.includes('::');
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return new Set(everywhere ? [...listening, ...interfaces.map(({ address }) => address)] : listening);
}

function versionOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? 'absent' : `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
}

/** A host without the file has no upstreams, which is no error. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
