import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Every live host holds the same rows. */
export const sameDigest: Check = {
  name: 'same state everywhere',
  when: 'eventually',
  source: 'C1',
  look: (mesh) => {
    const digests = alive(mesh).map((host) => `${host.name} ${stateOf(host).table.digest.join()}`);
    const distinct = new Set(digests.map((text) => text.slice(text.indexOf(' '))));
    return distinct.size > 1 ? [digests.join('; ')] : [];
  },
};
