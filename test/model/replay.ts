/** A way that the model checker found, played on a simulated mesh with the real core. */
import { running } from '../../protocol/rehearse/engine.ts';
import { boot, cutPower, type Host } from '../../sim/host.ts';
import {
  createMesh,
  deploy,
  heal,
  type Mesh,
  runFor,
  runUntilTrue,
  serviceSpec,
  split,
} from '../../sim/mesh.ts';

export interface Replay {
  /** who held the slot before the first fault */
  original: Host;
  /** hosts that run the container at the end */
  holders: Host[];
  /** longest time without any running container while some host had power, ms, looked at every 50 ms */
  longestGapMs: number;
}

type Step =
  | { do: 'cut' | 'join'; host: Host }
  | { do: 'crash' | 'boot'; host: Host }
  | { do: 'settle' }
  | { do: 'taken' };

const holdersOf = (mesh: Mesh): Host[] => mesh.hosts.filter((host) => running(host.engine).length > 0);

/**
 * Only what comes from outside is played; what the core does by itself is waited for. Host 0 of a trail is the one that
 * holds the slot; a suspicion becomes a cut around the suspected host, which is what raises one.
 */
function translate(trail: string[], hosts: Host[]): Step[] {
  const host = (name: string | undefined): Host => {
    const found = hosts[Number(name)];
    if (!found) throw new Error(`the trail names host ${name}, of ${hosts.length}`);
    return found;
  };
  return trail.flatMap((line): Step[] => {
    const [verb, first, second] = line.split(' ');
    if (verb === 'suspect') return [{ do: 'cut', host: host(second) }];
    if (verb === 'hear') return [{ do: 'join', host: host(second) }];
    if (verb === 'crash' || verb === 'boot') return [{ do: verb, host: host(first) }];
    if (verb === 'healthy') return [{ do: 'taken' }];
    return verb === 'deliver' ? [{ do: 'settle' }] : [];
  });
}

/** Plays a trail that begins with a held slot; heals and boots what is left, and waits for rest. */
export function replay(trail: string[], withPort = true): Replay {
  const mesh = createMesh({ hosts: 3 });
  runFor(mesh, 5_000);
  const spec = serviceSpec('web', 1, withPort ? {} : { EndpointSpec: { Ports: [] } });
  deploy(mesh, mesh.hosts[0]!, spec);
  runUntilTrue(mesh, 20_000, () => holdersOf(mesh).length === 1);
  runFor(mesh, 5_000);
  const original = holdersOf(mesh)[0]!;
  const roles = [original, ...mesh.hosts.filter((host) => host !== original)];
  let gapMs = 0;
  let longestGapMs = 0;
  const run = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += 50) {
      runFor(mesh, 50);
      gapMs = holdersOf(mesh).length > 0 ? 0 : gapMs + 50;
      longestGapMs = Math.max(longestGapMs, gapMs);
    }
  };
  const cut = new Set<Host>();
  const separate = (): void => {
    heal(mesh);
    if (cut.size > 0)
      split(
        mesh,
        [...cut],
        mesh.hosts.filter((host) => !cut.has(host)),
      );
  };
  for (const step of translate(trail, roles)) {
    if (step.do === 'cut') cut.add(step.host);
    if (step.do === 'join') cut.delete(step.host);
    if (step.do === 'cut' || step.do === 'join') separate();
    if (step.do === 'crash') cutPower(step.host);
    if (step.do === 'boot') boot(step.host);
    if (step.do === 'taken') run(15_000);
    if (step.do === 'settle') run(2_000);
  }
  heal(mesh);
  for (const host of mesh.hosts) boot(host);
  run(60_000);
  return { original, holders: holdersOf(mesh), longestGapMs };
}
