/** Words that the scenarios share. */

import { running } from '../../../protocol/rehearse/engine.ts';
import { faults } from '../../../sim/checks/index.ts';
import type { Host } from '../../../sim/host.ts';
import { createMesh, type Mesh, type MeshOptions, runFor, runUntilTrue, stateOf } from '../../../sim/mesh.ts';

/** A mesh whose hosts have found each other. */
export function readyMesh(hosts: number, options: Partial<MeshOptions> = {}): Mesh {
  const mesh = createMesh({ hosts, ...options });
  atRest(mesh, 10_000);
  return mesh;
}

export const hostOf = (mesh: Mesh, index: number): Host => mesh.hosts[index - 1]!;

/** Until every invariant of a mesh at rest holds, and goes on holding; returns how long that took. */
export function atRest(mesh: Mesh, limitMs: number, staysMs = 1_500): number {
  const from = mesh.world.now;
  for (;;) {
    const leftMs = limitMs - (mesh.world.now - from);
    runUntilTrue(
      mesh,
      leftMs,
      () => faults(mesh).length === 0,
      () => `\n${faults(mesh).join('\n')}\n${lastWords(mesh)}`,
    );
    const tookMs = mesh.world.now - from;
    let held = true;
    for (let ms = 0; held && ms < staysMs; ms += 250) {
      runFor(mesh, 250);
      held = faults(mesh).length === 0;
    }
    if (held) return tookMs;
  }
}

/** What each agent logged last, for the message of a scenario that fails. */
const lastWords = (mesh: Mesh): string =>
  mesh.hosts
    .flatMap((host) =>
      (host.agent?.process.logs ?? [])
        .filter(({ level }) => level !== 'debug')
        .slice(-8)
        .map((log) => ({ host, log })),
    )
    .sort((a, b) => a.log.at - b.log.at)
    .map(
      ({ host, log }) =>
        `${Math.round(log.at)} ${host.name} ${log.level} ${log.text} ${JSON.stringify(log.data).slice(0, 300)}`,
    )
    .join('\n');

/** `h1 web.1 <container id>` of everything that runs. */
export const runningOn = (host: Host): string[] =>
  running(host.engine)
    .map(({ id }) => id)
    .sort();

export const idsOf = (mesh: Mesh): string[] => mesh.hosts.flatMap(runningOn).sort();

export const starts = (mesh: Mesh): number =>
  mesh.hosts.reduce((sum, host) => sum + host.engine.started.length, 0);

export const claimsOf = (
  host: Host,
): { slot: string; origin: string; run: number; term: number; generation: string }[] =>
  [...(stateOf(host).table.kinds.get('claim')?.values() ?? [])].flatMap((object) =>
    [...object.values()].map(({ row, body }) => {
      const { run, term } = body as { run: number; term: number };
      return { slot: row.id, origin: row.origin, run, term, generation: row.group };
    }),
  );
