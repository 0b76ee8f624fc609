/**
 * Watches a mesh for a timeline. It looks every few virtual milliseconds and draws no random number, so that a watched
 * run is the same run.
 */
import { entriesOf, idsOf } from '../protocol/crdt/table.ts';
import { hostState, knownHosts } from '../protocol/membership/view.ts';
import { slotIndex, slotService } from '../protocol/placement/slot.ts';
import { RUN } from '../protocol/records/claim.ts';
import { isOpen } from '../protocol/rehearse/paths.ts';
import type { Millis } from '../protocol/time.ts';
import type { Host } from './host.ts';
import { alive, type Mesh, stateOf } from './mesh.ts';
import { tapMessages } from './tap.ts';
import { createTimeline, type LineKind, type Timeline, trackOf } from './timeline.ts';
import { after } from './world.ts';

const LOOK_EVERY_MS = 20;

/** How things stand: what is there now, and the line for a change of it; null: not worth a line. */
interface Aspect {
  kind: LineKind | 'link';
  now(mesh: Mesh, names: Names): [host: string, key: string, value: string][];
  tell(key: string, was: string | null, is: string | null): string | null;
}

/** Short names for ids that mean nothing to people; kept after their objects are gone. */
interface Names {
  hosts: Map<string, string>;
  services: Map<string, string>;
  /** of each service, in the order of their appearance */
  generations: Map<string, string[]>;
}

export interface WatchOptions {
  /** every message that leaves a host, in full */
  messages?: boolean;
}

/** Call it right after the mesh was made: the timeline grows while the mesh runs. */
export function watch(mesh: Mesh, options: WatchOptions = {}): Timeline {
  const timeline = createTimeline();
  const startMs = mesh.world.now;
  const names: Names = { hosts: new Map(), services: new Map(), generations: new Map() };
  const before = new Map(ASPECTS.map((aspect) => [aspect, new Map<string, Seen>()]));
  const tapped = new Set<Host>();
  const look = (): void => {
    const atMs = mesh.world.now - startMs;
    timeline.endMs = atMs;
    for (const host of mesh.hosts) {
      if (!timeline.hosts.includes(host.name)) timeline.hosts.push(host.name);
      names.hosts.set(host.id, host.name);
      if (options.messages && !tapped.has(host)) tapMessages(host, startMs, names.hosts, timeline);
      tapped.add(host);
    }
    learnNames(mesh, names);
    for (const [aspect, seen] of before) compare(timeline, atMs, aspect, seen, aspect.now(mesh, names));
    after(mesh.world, LOOK_EVERY_MS, look);
  };
  look();
  return timeline;
}

interface Seen {
  host: string;
  key: string;
  value: string;
}

function compare(
  timeline: Timeline,
  atMs: Millis,
  aspect: Aspect,
  before: Map<string, Seen>,
  found: [string, string, string][],
): void {
  const change = (host: string, key: string, was: string | null, is: string | null): void => {
    trackOf(timeline, aspect.kind, host, key).steps.push({ atMs, value: is });
    const text = aspect.tell(key, was, is);
    if (text !== null && aspect.kind !== 'link') timeline.lines.push({ atMs, host, kind: aspect.kind, text });
  };
  const gone = new Set(before.keys());
  for (const [host, key, value] of found) {
    const id = `${host} ${key}`;
    const was = before.get(id)?.value ?? null;
    gone.delete(id);
    if (was === value) continue;
    before.set(id, { host, key, value });
    change(host, key, was, value);
  }
  for (const id of gone) {
    const seen = before.get(id);
    before.delete(id);
    if (seen) change(seen.host, seen.key, seen.value, null);
  }
}

function learnNames(mesh: Mesh, names: Names): void {
  for (const host of alive(mesh)) {
    for (const { id, name, generation } of stateOf(host).services.values()) {
      names.services.set(id, name);
      const known = names.generations.get(id) ?? [];
      if (!known.includes(generation)) names.generations.set(id, [...known, generation]);
    }
  }
}

const slotText = (names: Names, slot: string): string => {
  const index = slotIndex(slot);
  const service = slotService(slot);
  return `${names.services.get(service) ?? `?${service.slice(0, 6)}`}.${names.hosts.get(index) ?? index}`;
};

const generationText = (names: Names, slot: string, generation: string): string => {
  const at = names.generations.get(slotService(slot))?.indexOf(generation) ?? -1;
  return at < 0 ? 'g?' : `g${at + 1}`;
};

function machineState(host: Host): string {
  if (!host.hasPower) return 'off';
  if (!host.agent) return 'no agent';
  if (host.agent.process.frozen) return 'frozen';
  if (host.agent.process.stalledUntil > host.world.now) return 'stalled';
  return host.disk.isFull ? 'disk full' : 'up';
}

const machine: Aspect = {
  kind: 'machine',
  now: (mesh) => mesh.hosts.map((host) => [host.name, '', machineState(host)]),
  tell: (_key, was, is) => (is === 'up' && was !== null ? `UP (was ${was})` : (is?.toUpperCase() ?? null)),
};

const verdict: Aspect = {
  kind: 'verdict',
  now: (mesh, { hosts }) =>
    alive(mesh).flatMap((host) => {
      const state = stateOf(host);
      return knownHosts(state)
        .filter((other) => other !== host.id)
        .map((other): [string, string, string] => [
          host.name,
          hosts.get(other) ?? other.slice(0, 6),
          hostState(state, other),
        ]);
    }),
  // A view that ends with its agent is no verdict.
  tell: (key, _was, is) => (is === null || is === 'unknown' ? null : `sees ${key} ${is}`),
};

const RUN_NAMES = new Map<number, string>([
  [RUN.released, 'released'],
  [RUN.bidding, 'bids'],
  [RUN.started, 'started'],
  [RUN.healthy, 'healthy'],
]);

const claim: Aspect = {
  kind: 'claim',
  now: (mesh, names) => alive(mesh).flatMap((host) => claimsOf(host, names)),
  tell: (key, _was, is) => (is === null ? null : `claim ${key}: ${is}`),
};

function claimsOf(host: Host, names: Names): [string, string, string][] {
  const { table, self } = stateOf(host);
  return idsOf(table, 'claim').flatMap((slot) =>
    entriesOf(table, 'claim', slot)
      .filter(({ row }) => row.origin === self)
      .map(({ row, body }): [string, string, string] => {
        const key = `${slotText(names, slot)} ${generationText(names, slot, row.group)}`;
        const run = body.finished ? 'finished' : RUN_NAMES.get(body.run);
        return [
          host.name,
          key,
          `${run} term ${body.term}${body.run === RUN.released && body.note ? ` (${body.note})` : ''}`,
        ];
      }),
  );
}

const container: Aspect = {
  kind: 'container',
  now: (mesh, names) => mesh.hosts.flatMap((host) => containersOf(host, names)),
  tell: (key, was, is) => {
    const [slot] = key.split(' ');
    if (is === null) return was === null ? null : `gone ${slot}`;
    return `${is} ${slot}`;
  },
};

function containersOf({ name: hostName, engine }: Host, names: Names): [string, string, string][] {
  return [...engine.containers.values()].map(({ seen: { claim: of, name, state, health, exitCode } }) => {
    const bar = of.indexOf('|');
    const isOurs = bar > 0 && names.services.has(slotService(of));
    if (!isOurs) return [hostName, `other:${name}`, state];
    const [slot, generation] = [of.slice(0, bar), of.slice(bar + 1)];
    const running = engine.busy.get(name) === 'stopping' ? 'stopping' : health === 'none' ? 'runs' : health;
    const value = state === 'running' ? running : `${state} ${exitCode ?? ''}`.trim();
    return [hostName, `${slotText(names, slot)} ${generationText(names, slot, generation)} ${name}`, value];
  });
}

const name: Aspect = {
  kind: 'name',
  now: (mesh) =>
    alive(mesh).flatMap((host) =>
      [...(host.agent?.process.zone.services.values() ?? [])].map(
        ({ fullName, tasks }): [string, string, string] => {
          const answers = tasks.map((t) => `${t.slot}@${t.hostName}${t.suspect ? '?' : ''}`);
          return [host.name, fullName, answers.sort().join(' ')];
        },
      ),
    ),
  tell: (key, was, is) =>
    is === null ? (was ? `name ${key} is gone` : null) : `name ${key} = ${is || 'nobody'}`,
};

const link: Aspect = {
  kind: 'link',
  now: ({ hosts, net }) =>
    hosts.flatMap((a) =>
      hosts
        .filter((b) => a !== b && !isOpen(net.paths, a.id, b.id))
        .map((b): [string, string, string] => [a.name, b.name, 'cut']),
    ),
  tell: () => null,
};

const ASPECTS: Aspect[] = [machine, link, verdict, claim, container, name];
