/** The agent's DNS as this host runs it: where it listens, and which askers are local. */
import { networkInterfaces } from 'node:os';
import type { Log } from '../log.ts';
import type { Settings } from '../settings.ts';
import type { Identity } from '../trust/keys.ts';
import { ensureLinkLocal, LINK_LOCAL } from './link-local.ts';
import { type Dns, startDns } from './server.ts';

export async function openDns(settings: Settings, identity: Identity, log: Log): Promise<Dns> {
  if (settings.dns.some(({ address }) => address === LINK_LOCAL)) {
    const why = await ensureLinkLocal();
    if (why) log('warn', why);
  }
  const dns = await startDns({
    listen: settings.dns,
    domain: settings.domain,
    self: identity.host,
    localSubnets: localSubnets(),
    log: (line) => log('warn', line),
  });
  for (const { address, port, reason } of dns.failed) {
    log('warn', `DNS cannot answer on ${address}:${port}: ${reason}`, { address, port });
  }
  return dns;
}

/** Own addresses, and whole subnets of bridges: who asks from there runs on this host (rule N2). */
function localSubnets(): string[] {
  const found = ['127.0.0.0/8'];
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    for (const entry of entries ?? []) {
      if (entry.family !== 'IPv4') continue;
      found.push(/^(docker|br-|shoal)/.test(name) ? (entry.cidr ?? entry.address) : entry.address);
    }
  }
  return found;
}

/** Tells the DNS of changes only: its answers are built anew after each. */
export function subnetFollower(dns: Dns): () => void {
  let told = '';
  return () => {
    const subnets = localSubnets();
    if (subnets.join() === told) return;
    told = subnets.join();
    dns.setLocalSubnets(subnets);
  };
}
