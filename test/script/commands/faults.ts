/** What goes wrong in a simulated mesh. */
import { die, running } from '../../../protocol/rehearse/engine.ts';
import { cutBothWays } from '../../../protocol/rehearse/paths.ts';
import { freeze, stallMain } from '../../../sim/host.ts';
import { heal, split } from '../../../sim/mesh.ts';
import { millis, numberOption, word } from '../parse.ts';
import { type Handler, serviceId } from '../session.ts';
import { forEach, hostAt } from './mesh.ts';

export const faultCommands: Record<string, Handler> = {
  /** `cut h1 h2`: they do not reach each other, everybody else does */
  cut: (session, args) => {
    const [a, b] = [hostAt(session, word(args, 0, 'a host')), hostAt(session, word(args, 1, 'another host'))];
    if (session.mesh) cutBothWays(session.mesh.net.paths, a.id, b.id);
  },

  /** `partition h1,h2 | h3,h4,h5` */
  partition: (session, args) => {
    const groups = args.words
      .filter((text) => text !== '|')
      .map((text) => text.split(',').map((name) => hostAt(session, name)));
    if (session.mesh) split(session.mesh, ...groups);
  },

  /** every cut is mended */
  heal: ({ mesh }) => {
    if (mesh) heal(mesh);
  },

  /** `disk h1 full`, `disk h1 free` */
  disk: (session, args) => {
    hostAt(session, word(args, 0, 'a host')).disk.isFull = word(args, 1, 'full or free') === 'full';
  },

  /** `lose h2 10`: of the rows that its disk holds, every tenth is gone, and its counters are not */
  lose: (session, args) => {
    const { rows } = hostAt(session, word(args, 0, 'a host')).disk;
    const every = Number(word(args, 1, 'every so many'));
    const lost = [...rows.keys()].filter((_, at) => at % every === 0);
    for (const key of lost) rows.delete(key);
    return [`${lost.length > 0 ? 'some' : 'no'} rows are lost`];
  },

  /** `die h1 web exit=1`: its container of that service ends by itself */
  die: (session, args) => {
    const { engine } = hostAt(session, word(args, 0, 'a host'));
    const service = serviceId(session, word(args, 1, 'a service'));
    const victim = running(engine).find(({ claim }) => claim.startsWith(`${service}.`));
    if (!victim) throw new Error('nothing of that service runs there');
    die(engine, victim.name, numberOption(args, 'exit', 137));
  },

  /** `foreign h1 nginx port=80`: a container that somebody else started */
  foreign: (session, args) => {
    const { engine } = hostAt(session, word(args, 0, 'a host'));
    engine.foreign.set(word(args, 1, 'a name'), [numberOption(args, 'port', 0)]);
  },

  /** `stall h1 2s`: the agent's main loop stands still, its heartbeats go on; `freeze h1 2s`: everything of it */
  stall: (session, args) =>
    forEach(session, args.words.slice(0, 1), (host) => stallMain(host, millis(word(args, 1, 'a duration')))),
  freeze: (session, args) =>
    forEach(session, args.words.slice(0, 1), (host) => freeze(host, millis(word(args, 1, 'a duration')))),
};
