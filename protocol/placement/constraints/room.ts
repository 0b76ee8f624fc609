import type { Filter } from './filter.ts';

const MIB = 1024 * 1024;

/** Reservations must fit what the host has; what is measured only weighs in the score. */
export const room: Filter = {
  name: 'room',
  refuse: (candidate, item) => {
    const freeBytes = candidate.memoryBytes - candidate.usedMemoryBytes;
    if (item.memoryBytes > 0 && item.memoryBytes > freeBytes) {
      return `lacks ${Math.ceil((item.memoryBytes - freeBytes) / MIB)} MiB of ${Math.ceil(item.memoryBytes / MIB)} MiB`;
    }
    const freeCpus = candidate.nanoCpus - candidate.usedNanoCpus;
    if (item.nanoCpus > 0 && item.nanoCpus > freeCpus) {
      return `lacks ${((item.nanoCpus - freeCpus) / 1e9).toFixed(2)} of ${(item.nanoCpus / 1e9).toFixed(2)} cpus`;
    }
    return null;
  },
};
