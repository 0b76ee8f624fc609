import { slotIndex } from '../slot.ts';
import type { Filter } from './filter.ts';

/** A fixed host port can be held once. The older generation of the same slot may hold it: it is stopped first then. */
export const ports: Filter = {
  name: 'ports',
  refuse: (candidate, item) => {
    for (const port of item.ports) {
      const holder = candidate.ports.get(port)?.find((slot) => slot !== item.slot);
      if (holder)
        return `port ${port} is held by slot ${slotIndex(holder)} of ${sameService(holder, item.service)}`;
    }
    return null;
  },
};

const sameService = (slot: string, service: string): string =>
  slot.startsWith(`${service}.`) ? 'this service' : 'another service';
