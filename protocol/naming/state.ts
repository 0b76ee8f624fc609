/** What the DNS worker was last told, as text to compare with. */
export interface ZoneState {
  services: Map<string, string>;
  hosts: string;
  serial: number;
}

/** `named`: services it was told of by an earlier core; whatever they are now is told again. */
export const createZoneState = (named: Iterable<string> = []): ZoneState => ({
  services: new Map([...named].map((id) => [id, ''])),
  hosts: '',
  serial: 0,
});
