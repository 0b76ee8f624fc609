/** What the naming module and the DNS worker know of the mesh: derived from live claims, never edited. */
import type { HostId } from '../identity.ts';

export interface ZoneTask {
  /** slot index of a replicated service, or the host's name for a global one */
  slot: string;
  host: HostId;
  hostName: string;
  hostAddress: string;
  /** the container's own address; answered to askers on the same host only (rule N2) */
  containerAddress?: string;
  ports: ZonePort[];
  /** left out of an answer as long as others remain (rule V4) */
  suspect: boolean;
}

/** published is the port on the host's address; 0 when the port is not published. */
export interface ZonePort {
  name?: string;
  protocol: 'tcp' | 'udp';
  target: number;
  published: number;
}

/** tasks may be empty: the name then exists without addresses (NODATA, not NXDOMAIN). */
export interface ZoneService {
  id: string;
  /** name inside its stack: `web` of stack `shop`, whose full service name is `shop_web` */
  name: string;
  /** full service name, also answered */
  fullName: string;
  stack?: string;
  tasks: ZoneTask[];
}

export interface ZoneHost {
  id: HostId;
  name: string;
  address: string;
  /** failed and removed hosts are not answered */
  alive: boolean;
}

/** A change for the DNS worker: whole services by id (null: gone), the whole host list when it changed. */
export interface ZoneDelta {
  serial: number;
  services: [id: string, service: ZoneService | null][];
  hosts?: ZoneHost[];
}
