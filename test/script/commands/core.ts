/** Hand-driven cores: who exists, who hears whom, what the engine says, and time. */

import type { Effect } from '../../../protocol/effect.ts';
import type { ProbeOutcome } from '../../../protocol/input.ts';
import {
  addCore,
  type Core,
  coreNamed,
  engineUp,
  feed,
  hand,
  hearAll,
  rowsOf,
  TICK_MS,
  wait,
} from '../cores.ts';
import { type Args, millis, word } from '../parse.ts';
import { generationName, type Handler, type Session, slotName } from '../session.ts';

const OUTCOMES: ProbeOutcome[] = ['open', 'refused', 'timeout', 'unreachable'];

export const coreCommands: Record<string, Handler> = {
  /**
   * `cores a b c`, `cores s*100 seen=s1,s77 labels=s77:disk=ssd engines=up`: all hold each other's rows and hear each
   * other (or only those of `seen` do); without `engines=up` nobody can run anything
   */
  cores: ({ cores }, args) => {
    const names = args.words.flatMap(expand);
    const [labelled, label] = (args.options.get('labels') ?? '').split(/:(.*)/);
    const [key = '', value = ''] = (label ?? '').split('=');
    for (const name of names) addCore(cores, name, name === labelled ? { [key]: value } : {});
    const all = names.map((name) => coreNamed(cores, name));
    if (args.options.get('engines') === 'up') for (const core of all) engineUp(cores, core);
    const seeing = (args.options.get('seen')?.split(',') ?? names).map((name) => coreNamed(cores, name));
    for (const to of seeing) for (const from of all) if (from !== to) hand(cores, to, from, rowsOf(from));
    hearAll(cores, seeing);
  },

  /** `deaf a<-c`: from now on a hears nothing of c */
  deaf: ({ cores }, args) => {
    const [to = '', from = ''] = word(args, 0, 'a<-c').split('<-');
    cores.deaf.set(`${from}>${to}`, cores.now);
  },

  /** `answers c refused`, `answers c:8080 open`: what a TCP connect to its agent or to one of its ports ends in */
  answers: ({ cores }, args) => {
    const outcome = OUTCOMES.find((known) => known === args.words[1]);
    if (!outcome) throw new Error(`an answer is one of ${OUTCOMES.join(', ')}`);
    cores.answers.set(word(args, 0, 'a core'), outcome);
  },

  /** `wait 3s`: time with heartbeats, timers and probes; rows do not travel */
  wait: ({ cores }, args) => wait(cores, millis(word(args, 0, 'a duration'))),

  /** `late a 300ms`: time passes while a's timers cannot fire; then all that are due do */
  late: (session, args) => {
    const { cores } = session;
    const core = coreNamed(cores, word(args, 0, 'a core'));
    cores.now += millis(word(args, 1, 'a duration'));
    for (const { timer, token } of core.timers.splice(0)) feed(cores, core, { kind: 'timer', timer, token });
  },

  /** `engine a up`: it is there and runs nothing; after a wait the core takes part in auctions */
  engine: ({ cores }, args) => {
    const core = coreNamed(cores, word(args, 0, 'a core'));
    engineUp(cores, core);
    wait(cores, core.state.config.tunables.resumeAloneMs + TICK_MS);
  },

  /** `asked a`: what its steps asked of the engine since this was last looked at */
  asked: (session, args) => {
    const core = coreNamed(session.cores, word(args, 0, 'a core'));
    const lines = core.effects.splice(0).flatMap((effect) => askedOf(session, core, effect));
    return lines.length > 0 ? lines : ['nothing'];
  },

  clock: (session, args) => setClock(session, args),
};

/** `s*3` -> s1 s2 s3 */
function expand(text: string): string[] {
  const [prefix = '', count] = text.split('*');
  return count === undefined ? [text] : Array.from({ length: Number(count) }, (_, i) => `${prefix}${i + 1}`);
}

function askedOf(session: Session, core: Core, effect: Effect): string[] {
  if (effect.kind !== 'engine') return [];
  const { op } = effect;
  if (op.op === 'pull') return [`pull ${op.image}`];
  if (op.op === 'inventory') return [];
  const [slot = '', generation = ''] = (op.op === 'start' ? op.container.claim : op.claim).split('|');
  const name = slotName(session, core.state, slot);
  return [`${op.op} ${name} ${generationName(session, slot.split('.')[0] ?? '', generation)}`];
}

/** `clock h2 +1d`, `clock h2 1970`, `clock all +35d`: moves wall clocks, in cores and in a mesh alike. */
function setClock({ cores, mesh }: Session, args: Args): void {
  const name = word(args, 0, 'a host');
  const to = word(args, 1, 'an offset');
  const all: { name: string; clockOffsetMs: number }[] = mesh ? mesh.hosts : [...cores.byName.values()];
  const found = all.filter((host) => name === 'all' || host.name === name);
  if (found.length === 0) throw new Error(`no host is named ${name}`);
  for (const host of found) host.clockOffsetMs = to === '1970' ? SINCE_1970 : to === 'right' ? 0 : millis(to);
}

/** A machine whose clock has no battery starts at the epoch, 56 years ago. */
const SINCE_1970 = -1_772_323_200_000;
