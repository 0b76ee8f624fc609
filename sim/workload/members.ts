/** Hosts that take part for good, whether they run at the moment or not. */
import type { Host } from '../host.ts';
import type { Mesh } from '../mesh.ts';

export const members = (mesh: Mesh): Host[] => mesh.hosts.filter((host) => host.hasJoined && !host.isGone);

/** When too many go, those that are left may never have heard of each other. */
export const mayShrink = (mesh: Mesh): boolean =>
  members(mesh).length > Math.max(2, mesh.options.hosts * 0.6);
