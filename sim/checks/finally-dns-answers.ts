import { explain } from '../../protocol/naming/lookup.ts';
import { applyDelta, createZone } from '../../protocol/naming/zone.ts';
import type { Host } from '../host.ts';
import { alive, type Mesh, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';
import { serving } from './truth.ts';

/** Asked through a real zone, each host's DNS gives the addresses of just the hosts where the service really runs. */
export const dnsAnswers: Check = {
  name: 'DNS answers what runs',
  when: 'finally',
  source: 'D1, D2, D4, promise 4',
  look: (mesh) => alive(mesh).flatMap((host) => askAll(mesh, host)),
};

const STRANGER = '192.0.2.1';

function askAll(mesh: Mesh, host: Host): string[] {
  const { config, services } = stateOf(host);
  const zone = createZone(config.domain, host.id);
  const told = host.agent?.process.zone;
  applyDelta(zone, { serial: 1, services: [...(told?.services ?? [])], hosts: told?.hosts ?? [] });
  return [...services.values()].flatMap((service) => {
    const machines = mesh.hosts.filter((machine) =>
      serving(machine).some(({ claim }) => claim.startsWith(`${service.id}.`)),
    );
    const wanted = machines.map((machine) => machine.address).sort();
    const { status, answers } = explain(zone, service.name, 'A', STRANGER);
    const got = answers.map((answer) => answer.data).sort();
    if (status !== 'NOERROR') return [`${host.name} answers ${status} for ${service.name}`];
    return got.join() === wanted.join()
      ? []
      : [`${host.name} answers [${got}] for ${service.name}, which runs at [${wanted}]`];
  });
}
