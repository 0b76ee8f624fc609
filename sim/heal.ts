/** The end of the faults: some hosts are mended, the rest stays without power for good. */
import { compareRows } from '../protocol/crdt/merge.ts';
import { knownHosts } from '../protocol/membership/view.ts';
import { recover } from '../protocol/rehearse/engine.ts';
import { boot, cutPower, type Host, startAgent, thaw } from './host.ts';
import { alive, heal, join, type Mesh, stateOf } from './mesh.ts';

export function healCore(mesh: Mesh, rest: string[]): void {
  const { paths } = mesh.net;
  heal(mesh);
  paths.loss = 0;
  paths.duplicates = 0;
  paths.reordered = 0;
  paths.clogs.clear();
  paths.lossy.clear();
  const core = coreOf(mesh, rest);
  for (const host of mesh.hosts) {
    if (core.includes(host)) mendHost(host);
    else cutPower(host);
  }
  for (const host of core) if (!host.hasJoined && host !== core[0]) join(mesh, host);
  forgetLost(mesh, core);
}

/** Hosts that moved, or never met, while all who knew both are gone: their operators name a member to them (rule V8). */
export function joinIslands(mesh: Mesh): void {
  const [first, ...others] = alive(mesh);
  if (!first) return;
  const known = knownHosts(stateOf(first));
  for (const host of others) {
    if (known.includes(host.id) && knownHosts(stateOf(host)).includes(first.id)) continue;
    host.hasJoined = false;
    join(mesh, host);
  }
}

/** All but the rest and those that are gone for good; never nobody. */
function coreOf(mesh: Mesh, rest: string[]): Host[] {
  const there = mesh.hosts.filter((host) => !host.isGone);
  const core = there.filter((host) => !rest.includes(host.name));
  return core.some((host) => host.hasJoined || host === mesh.hosts[0]) ? core : there;
}

function mendHost(host: Host): void {
  host.disk.isFull = false;
  host.disk.slowMs = 0;
  host.disk.crashAt = null;
  host.slowMs = 0;
  host.clockOffsetMs = 0;
  host.clockDrift = 0;
  recover(host.engine);
  host.engine.foreign.clear();
  if (host.agent) {
    thaw(host.agent.process);
    host.agent.process.stalledUntil = 0;
  }
  boot(host);
  startAgent(host);
}

/** What was acknowledged by machines that are gone for good, and that no other has on its disk, is gone with them. */
function forgetLost(mesh: Mesh, core: Host[]): void {
  for (const [key, row] of mesh.acknowledged) {
    const isOnDisk = core.some((host) => {
      const held = host.disk.rows.get(key);
      return held !== undefined && compareRows(held, row) >= 0;
    });
    if (!isOnDisk) mesh.acknowledged.delete(key);
  }
}
