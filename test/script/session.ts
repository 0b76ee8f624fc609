/** What one script has set up: hand-driven cores, or a simulated mesh; and the names under which ids are shown. */
import { hostName, knownHosts } from '../../protocol/membership/view.ts';
import type { Service } from '../../protocol/services/read.ts';
import type { State } from '../../protocol/state.ts';
import { alive, type Mesh, stateOf } from '../../sim/mesh.ts';
import { type Cores, createCores } from './cores.ts';
import type { Args } from './parse.ts';

export interface Session {
  cores: Cores;
  mesh: Mesh | null;
  /** service id -> name as created; the second of one name is `web#2` */
  services: Map<string, string>;
  /** service id -> generations, oldest first: shown as g1, g2 ... */
  generations: Map<string, string[]>;
}

/** Runs one command line; returns its output, if it has any. */
export type Handler = Telling | Silent;
type Telling = (session: Session, args: Args) => string[];
type Silent = (session: Session, args: Args) => void;

export const createSession = (): Session => ({
  cores: createCores(),
  mesh: null,
  services: new Map(),
  generations: new Map(),
});

/** The state of one host, as that host itself holds it. */
export interface View {
  name: string;
  state: State;
}

/** Every host with a running agent. */
export const views = (session: Session): View[] =>
  session.mesh
    ? alive(session.mesh).map((host) => ({ name: host.name, state: stateOf(host) }))
    : [...session.cores.byName.values()].map(({ name, state }) => ({ name, state }));

/** The hosts named by `on=a,b`, else all. */
export function viewsOn(session: Session, args: Args): View[] {
  const named = args.options.get('on')?.split(',');
  const found = views(session).filter((view) => !named || named.includes(view.name));
  if (found.length === 0) throw new Error(`no running host is named ${named?.join(',')}`);
  return found;
}

/** Hosts that say the same share one paragraph; its heading is left out when all agree. */
export function agreed(told: { name: string; lines: string[] }[]): string[] {
  const groups = Map.groupBy(told, ({ lines }) => lines.join('\n'));
  if (groups.size === 1 && told.length > 1) return told[0]?.lines ?? [];
  return [...groups.values()].flatMap((group) => {
    const [head, ...rest] = group[0]?.lines ?? [];
    const heading = `${group.map(({ name }) => name).join(' ')}: `;
    return [heading + head, ...rest.map((line) => ' '.repeat(heading.length) + line)];
  });
}

/** After each command: whatever is new gets a name, in the order of creation. */
export function noteNames(session: Session): void {
  const held = views(session).flatMap(({ state }) => [...state.services.values()]);
  for (const service of held.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (session.services.has(service.id)) continue;
    const same = [...session.services.values()].filter(
      (name) => name.split('#')[0] === service.ownName,
    ).length;
    session.services.set(service.id, same === 0 ? service.ownName : `${service.ownName}#${same + 1}`);
  }
  for (const { id, generation } of held.sort((a, b) => (a.generation < b.generation ? -1 : 1))) {
    const known = session.generations.get(id) ?? [];
    session.generations.set(id, known);
    if (!known.includes(generation)) known.push(generation);
  }
}

export const serviceName = (session: Session, id: string): string =>
  session.services.get(id) ?? `?${id.slice(0, 6)}`;

export function serviceId(session: Session, name: string): string {
  const found = [...session.services].find(([, held]) => held === name);
  if (!found) throw new Error(`no service was created as ${name}`);
  return found[0];
}

export function serviceIn({ name, state }: View, id: string): Service {
  const service = state.services.get(id);
  if (!service) throw new Error(`${name} holds no such service`);
  return service;
}

export function generationName(session: Session, service: string, generation: string): string {
  const at = session.generations.get(service)?.indexOf(generation) ?? -1;
  return at < 0 ? 'g?' : `g${at + 1}`;
}

export const hostNamed = (state: State, name: string): string => {
  const found = knownHosts(state).find((host) => hostName(state, host) === name);
  if (!found) throw new Error(`no host is named ${name}`);
  return found;
};

/** `web.1` -> slot id; `web.h2` for a global service. */
export function slotNamed(session: Session, state: State, text: string): string {
  const [service = '', index = ''] = text.split('.');
  return `${serviceId(session, service)}.${/^\d+$/.test(index) ? index : hostNamed(state, index)}`;
}

export function slotName(session: Session, state: State, slot: string): string {
  const [service = '', index = ''] = slot.split('.');
  return `${serviceName(session, service)}.${/^\d{1,5}$/.test(index) ? index : hostName(state, index)}`;
}
