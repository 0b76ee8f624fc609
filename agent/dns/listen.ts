/** Opens every listening address, UDP and TCP on the same port; those that cannot be had are skipped with a reason. */
import type { DnsAddress, FailedAddress } from './messages.ts';
import type { Respond } from './respond.ts';
import { openTcp } from './tcp.ts';
import { openUdp } from './udp.ts';

/** port 0: the port UDP got may be taken for TCP */
const PORT_ATTEMPTS = 5;

export async function listenAll(
  listen: DnsAddress[],
  respond: Respond,
): Promise<{ bound: DnsAddress[]; failed: FailedAddress[] }> {
  const bound: DnsAddress[] = [];
  const failed: FailedAddress[] = [];
  for (const wanted of listen) {
    try {
      bound.push(await listenOn(wanted, respond));
    } catch (error) {
      failed.push({ ...wanted, reason: reasonOf(error) });
    }
  }
  return { bound, failed };
}

async function listenOn(wanted: DnsAddress, respond: Respond): Promise<DnsAddress> {
  for (let attempt = 1; ; attempt++) {
    const udp = await openUdp(wanted, respond);
    const { port } = udp.address();
    try {
      await openTcp({ ...wanted, port }, respond);
      return { ...wanted, port };
    } catch (error) {
      udp.close();
      if (wanted.port !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known: Record<string, string> = {
    EADDRINUSE:
      'the port is taken by another program (`ss -lunp -ltnp` shows which): stop it, or choose another port',
    EADDRNOTAVAIL: 'no interface of this host has the address: add it, or choose another',
    EACCES: 'ports below 1024 need root or CAP_NET_BIND_SERVICE',
  };
  return known[code] ?? String(error);
}
