/** What the main thread and the DNS thread tell each other. */
import type { HostId } from '../../protocol/identity.ts';
import type { ZoneDelta } from '../../protocol/naming/zone-view.ts';

export interface DnsAddress {
  address: string;
  port: number;
}

export interface FailedAddress extends DnsAddress {
  reason: string;
}

/** The first message to a thread. */
export interface WorkerSettings {
  listen: DnsAddress[];
  domain: string;
  self: HostId;
  localSubnets: string[];
  /** undefined: those of the host's resolv.conf; []: forward nothing */
  upstreams: DnsAddress[] | undefined;
  /** the zone so far; undefined before the first view */
  zone: ZoneDelta | undefined;
}

/** Every later one. */
export type ToWorker = { kind: 'delta'; delta: ZoneDelta } | { kind: 'localSubnets'; subnets: string[] };

/** Sent once, when every address is bound or has failed. */
export interface FromWorker {
  bound: DnsAddress[];
  failed: FailedAddress[];
}
