import type { Check } from './check.ts';

/** No operation ever named a container that is not ours. */
export const foreignUntouched: Check = {
  name: 'nothing of others touched',
  when: 'anytime',
  source: 'P6, rule C11, promise 3',
  look: (mesh) => mesh.hosts.flatMap((host) => host.engine.touched.map((what) => `${host.name}: ${what}`)),
};
