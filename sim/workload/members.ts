/** Hosts that take part for good, whether they run at the moment or not. */
import type { Host } from '../host.ts';
import type { Mesh } from '../mesh.ts';

export const members = (mesh: Mesh): Host[] => mesh.hosts.filter((host) => host.hasJoined && !host.isGone);
