/** What the DNS worker was last told, as text to compare with. */
export interface ZoneState {
  services: Map<string, string>;
  hosts: string;
  serial: number;
}

export const createZoneState = (): ZoneState => ({ services: new Map(), hosts: '', serial: 0 });
