/** What a simulated mesh shows to the world: tasks, names, containers, messages. */

import type { ZoneService } from '../../../protocol/naming/zone-view.ts';
import { tasksOf } from '../../../protocol/queries/tasks.ts';
import { running } from '../../../protocol/rehearse/engine.ts';
import { alive } from '../../../sim/mesh.ts';
import { millis, word } from '../parse.ts';
import {
  agreed,
  generationName,
  type Handler,
  type Session,
  serviceName,
  slotName,
  views,
  viewsOn,
} from '../session.ts';
import { forEach, runMesh } from './mesh.ts';

export const shownCommands: Record<string, Handler> = {
  /** `tasks`: as `shoal ps` lists them, on every host */
  tasks: (session, args) => {
    const told = viewsOn(session, args).map(({ name, state }) => {
      const services = [...state.services.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
      const tasks = services.flatMap((service) => tasksOf(state, service));
      const lines = tasks.map((task) => `${task.name} ${task.host ?? '-'} ${task.state} ${task.image}`);
      return { name, lines: lines.length > 0 ? lines : ['none'] };
    });
    return agreed(told);
  },

  /** `names`: what each host's DNS holds, `1@h2` = task 1 on h2; `?`: left out while others remain */
  names: ({ mesh }, args) => {
    const named = args.options.get('on')?.split(',');
    const asked = mesh ? alive(mesh).filter(({ name }) => !named || named.includes(name)) : [];
    const told = asked.map((host) => {
      const services = [...(host.agent?.process.zone.services.values() ?? [])].sort((a, b) =>
        a.id < b.id ? -1 : 1,
      );
      const lines = services.map(zoneLine);
      return { name: host.name, lines: lines.length > 0 ? lines : ['none'] };
    });
    return agreed(told);
  },

  /** `containers`: what really runs, by host; engines are asked, not agents */
  containers: (session) => {
    const lines = (session.mesh?.hosts ?? []).flatMap((host) => {
      const ours = running(host.engine)
        .map(({ claim }) => claimText(session, claim))
        .sort();
      const others = [...host.engine.foreign.keys()].map((name) => `${name} (not ours)`);
      const all = [...ours, ...others];
      return all.length > 0 ? [`${host.name}: ${all.join(', ')}`] : [];
    });
    return lines.length > 0 ? lines : ['none'];
  },

  /** `started`: containers started since this was last asked, by host */
  started: (session) => {
    const lines: string[] = [];
    forEach(session, ['all'], (host) => {
      const fresh = host.engine.started
        .splice(0)
        .map(({ claim }) => claimText(session, claim))
        .sort();
      if (fresh.length > 0) lines.push(`${host.name}: ${fresh.join(', ')}`);
    });
    return lines.length > 0 ? lines : ['none'];
  },

  /** `touched`: operations on containers of somebody else */
  touched: (session) => {
    const lines: string[] = [];
    forEach(session, ['all'], (host) =>
      lines.push(...host.engine.touched.map((what) => `${host.name}: ${what}`)),
    );
    return lines.length > 0 ? lines : ['nothing'];
  },

  /** `messages 20s`: what is sent in that time, by type; heartbeats and probes aside */
  messages: (session, args) => {
    const before = new Map(session.mesh?.net.sent);
    runMesh(session, millis(word(args, 0, 'a duration')));
    const lines = [...(session.mesh?.net.sent ?? [])]
      .filter(([type, count]) => type !== 'datagram' && type !== 'probe' && count > (before.get(type) ?? 0))
      .map(([type, count]) => `${type} ${count - (before.get(type) ?? 0)}`);
    return lines.length > 0 ? lines.sort() : ['none'];
  },

  /** `logged "refuted"`: which agents logged a line that holds this text */
  logged: ({ mesh }, args) => {
    const text = word(args, 0, 'a text');
    const found = mesh
      ? alive(mesh).filter((host) => host.agent?.process.logs.some((log) => log.text.includes(text)))
      : [];
    return [found.map(({ name }) => name).join(' ') || 'nobody'];
  },
};

function zoneLine({ fullName, tasks }: ZoneService): string {
  const shown = tasks.map(
    (task) =>
      `${task.slot === task.hostName ? '' : `${task.slot}@`}${task.hostName}${task.suspect ? '?' : ''}`,
  );
  return `${fullName}: ${shown.join(' ') || 'no address'}`;
}

/** `web.1 g1`; a removed service keeps the name it was created with. */
function claimText(session: Session, claim: string): string {
  const [slot = '', generation = ''] = claim.split('|');
  const [view] = views(session);
  const service = slot.split('.')[0] ?? '';
  const name = view
    ? slotName(session, view.state, slot)
    : `${serviceName(session, service)}.${slot.split('.')[1]}`;
  return `${name} ${generationName(session, service, generation)}`;
}
