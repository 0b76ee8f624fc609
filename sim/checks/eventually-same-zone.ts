import type { ZoneService } from '../../protocol/naming/zone-view.ts';
import type { Host } from '../host.ts';
import { alive } from '../mesh.ts';
import type { Check } from './check.ts';

/** Every agent's DNS holds the same services and hosts. */
export const sameZone: Check = {
  name: 'same DNS zone everywhere',
  when: 'eventually',
  source: 'A3, D1',
  look: (mesh) => {
    const [first, ...others] = alive(mesh);
    if (!first) return [];
    const wanted = zoneText(first);
    return others
      .filter((host) => zoneText(host) !== wanted)
      .map((host) => `${host.name} differs from ${first.name}`);
  },
};

const byId = ([a]: [string, ZoneService], [b]: [string, ZoneService]): number => (a < b ? -1 : 1);

function zoneText(host: Host): string {
  const zone = host.agent?.process.zone;
  return JSON.stringify([[...(zone?.services ?? [])].sort(byId), zone?.hosts]);
}
