/** The agent's side of DNS: keeps the zone, feeds it to the DNS thread, and starts that thread anew should it die. */
import type { HostId } from '../../protocol/identity.ts';
import { applyDelta, createZone, setLocalSubnets, wholeZone, type Zone } from '../../protocol/naming/zone.ts';
import type { ZoneDelta } from '../../protocol/naming/zone-view.ts';
import type { DnsAddress, FailedAddress, WorkerSettings } from './messages.ts';
import { type DnsThread, startThread } from './thread.ts';

/** A thread that dies is replaced at once; after the second that died this young, with growing pauses. */
const YOUNG_MS = 1_000;
const PAUSE_MAX_MS = 1_000;

export interface DnsOptions {
  /** port 0: any free one */
  listen: DnsAddress[];
  domain: string;
  self: HostId;
  /** CIDR or addresses on this host, whose askers get container addresses: 127.0.0.0/8, 172.17.0.0/16 */
  localSubnets: string[];
  /** for names outside the domain; without it the host's resolv.conf, [] forwards nothing */
  upstreams?: DnsAddress[];
  /** one line for a person */
  log?: (line: string) => void;
}

export interface Dns {
  /** every question before the first update gets SERVFAIL */
  update(delta: ZoneDelta): void;
  setLocalSubnets(subnets: string[]): void;
  close(): Promise<void>;
  /** ports as bound; they stay the same when the thread is started anew */
  bound: DnsAddress[];
  failed: FailedAddress[];
  /** this thread's copy, for `explain` */
  readonly zone: Zone;
}

/** Resolves when every address is bound or has failed; rejects only when the thread cannot run at all. */
export async function startDns(options: DnsOptions): Promise<Dns> {
  const { listen, domain, self, localSubnets, upstreams, log = () => {} } = options;
  const settings: WorkerSettings = { listen, domain, self, localSubnets, upstreams, zone: undefined };
  const zone = createZone(domain, self, localSubnets);
  let closing = false;
  let youngDeaths = 0;
  let active = startThread(onEnd);
  // loading a thread takes longer than names may be silent, so the next one waits loaded
  let spare: DnsThread | undefined;

  function onEnd(thread: DnsThread, cause: string, ageMs: number): void {
    if (closing) return;
    youngDeaths = ageMs < YOUNG_MS ? youngDeaths + 1 : 0;
    if (thread === spare) spare = undefined;
    if (thread !== active) return;
    log(`the DNS thread ended (${cause}), another takes its place`);
    setTimeout(replaceActive, youngDeaths <= 1 ? 0 : Math.min(PAUSE_MAX_MS, 25 * 2 ** youngDeaths));
  }
  function replaceActive(): void {
    if (closing) return;
    active = spare ?? startThread(onEnd);
    spare = undefined;
    serve().catch(() => {}); // told to onEnd as well
  }
  async function serve(): Promise<void> {
    const { bound, failed } = await active.serve({
      ...settings,
      zone: zone.loaded ? wholeZone(zone) : undefined,
    });
    for (const { address, port, reason } of failed) log(`DNS cannot listen on ${address}:${port}: ${reason}`);
    // the same ports the next time
    settings.listen = [...bound, ...failed.map(({ address, port }) => ({ address, port }))];
    dns.bound = bound;
    dns.failed = failed;
    if (!closing) spare ??= startThread(onEnd);
  }

  const dns: Dns = {
    zone,
    bound: [],
    failed: [],
    update(delta) {
      applyDelta(zone, delta);
      active.tell({ kind: 'delta', delta });
    },
    setLocalSubnets(subnets) {
      settings.localSubnets = subnets;
      setLocalSubnets(zone, subnets);
      active.tell({ kind: 'localSubnets', subnets });
    },
    async close() {
      closing = true;
      await Promise.all([active.end(), spare?.end()]);
    },
  };
  await serve().catch((error) => {
    closing = true;
    throw error;
  });
  return dns;
}
