import type { Check } from './check.ts';

/** No operation ever named a container that is not ours. */
export const untouched: Check = {
  name: 'nothing of others touched',
  faults: (mesh) => mesh.hosts.flatMap((host) => host.engine.touched.map((what) => `${host.name}: ${what}`)),
};
