/**
 * One constant link-local address on every host, as Kubernetes' NodeLocal DNSCache has it: the same resolver for every
 * container anywhere, whatever its bridge. It lives on the loopback device and asks for root once.
 */
import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';

export const LINK_LOCAL = '169.254.20.10';

/** Null when the address is there (or was added); else one line that says why not. */
export async function ensureLinkLocal(): Promise<string | null> {
  const present = Object.values(networkInterfaces()).flat();
  if (present.some((entry) => entry?.address === LINK_LOCAL)) return null;
  try {
    await promisify(execFile)('ip', ['address', 'replace', `${LINK_LOCAL}/32`, 'dev', 'lo']);
    return null;
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error);
    return `cannot add ${LINK_LOCAL} to the loopback device: ${why.trim()} (containers then have no mesh names; run as root with iproute2 installed)`;
  }
}
