/** Rows by hand: honest ones, forged ones, and how they travel between cores. */

import { writeRow } from '../../../protocol/gossip/write.ts';
import { RUN } from '../../../protocol/records/claim.ts';
import type { Bodies } from '../../../protocol/records/index.ts';
import { type Row, rowKey } from '../../../protocol/records/row.ts';
import { signRow } from '../../../protocol/records/sign.ts';
import { hlcFromWall } from '../../../protocol/time.ts';
import { encode } from '../../../protocol/wire/codec.ts';
import { createCrypto, MESH } from '../../../sim/crypto.ts';
import { TRUE_WALL_MS } from '../../../sim/host.ts';
import { type Core, coreNamed, hand, rowsOf, settleCore } from '../cores.ts';
import { type Args, millis, numberOption, word } from '../parse.ts';
import {
  agreed,
  generationName,
  type Handler,
  hostNamed,
  type Session,
  serviceId,
  serviceIn,
  serviceName,
  slotName,
  slotNamed,
  viewsOn,
} from '../session.ts';

export const rowCommands: Record<string, Handler> = {
  /** `row claim web.1 by=b run=healthy term=0 score=10`: b writes it, as its own code does */
  row: (session, args) => {
    const core = coreNamed(session.cores, args.options.get('by') ?? '');
    const draft = draftOf(session, core, args);
    if (draft.kind === 'claim') writeRow(core.state, 'claim', draft.id, draft.group, draft.body);
    else writeRow(core.state, 'alert', draft.id, draft.group, draft.body);
    settleCore(session.cores, core);
  },

  /** `forge a<- claim web.1 by=b seq=12 epoch=1 hlc=+1d`: a gets a row that b's key has signed, whatever it says */
  forge: (session, args) => {
    const to = coreNamed(session.cores, word(args, 0, 'a<-').replace('<-', ''));
    const author = coreNamed(session.cores, args.options.get('by') ?? '');
    args.words.shift();
    const row = sign(session, author, draftOf(session, author, args), args);
    hand(session.cores, to, author, [row]);
    return [fate(to, row)];
  },

  /** `merge a<-b`: everything b holds is handed to a; `merge all`: to everybody, until nothing changes */
  merge: (session, args) => {
    const { cores } = session;
    if (args.words[0] !== 'all') {
      const [to = '', from = ''] = word(args, 0, 'a<-b').split('<-');
      return give(session, coreNamed(cores, to), coreNamed(cores, from));
    }
    const all = [...cores.byName.values()];
    for (let round = 0; round < 3; round++) {
      for (const to of all) for (const from of all) if (from !== to) give(session, to, from);
    }
    return [];
  },

  /** `deliver b<-a 2`: only a's own row of that number (its writes since `mark`, from 1) */
  deliver: (session, args) => {
    const [to = '', from = ''] = word(args, 0, 'b<-a').split('<-');
    const author = coreNamed(session.cores, from);
    const own = rowsOf(author).filter(({ origin }) => origin === author.state.self);
    const last = Math.max(...own.map(({ seq }) => seq));
    const row = own.find(({ seq }) => seq === last + Number(word(args, 1, 'a number')));
    if (!row) throw new Error(`${from} holds no such row`);
    const target = coreNamed(session.cores, to);
    hand(session.cores, target, author, [row]);
    return [`${describe(session, author, row)}: ${fate(target, row)}`];
  },

  /** `rows claim web.1`: what is held of an object, by whoever wrote it; `rows service web`: its field groups */
  rows: (session, args) => {
    const told = viewsOn(session, args).map((view) => {
      const held = [...view.state.table.rows.values(), ...view.state.table.aside.values()];
      const wanted = held.filter((row) => isAbout(session, row, args));
      const aside = (row: Row): string => (view.state.table.aside.get(rowKey(row)) === row ? ' (aside)' : '');
      const lines = wanted.map((row) => describe(session, view, row) + aside(row)).sort();
      return { name: view.name, lines: lines.length > 0 ? lines : ['none'] };
    });
    return agreed(told);
  },

  /** `digest`: who holds the same */
  digest: (session, args) => {
    const told = viewsOn(session, args).map(({ name, state }) => ({
      name,
      digest: state.table.digest.join(),
    }));
    const groups = Map.groupBy(told, ({ digest }) => digest);
    return [[...groups.values()].map((same) => same.map(({ name }) => name).join(' = ')).join(' | ')];
  },
};

type Draft =
  | { kind: 'claim'; id: string; group: string; body: Bodies['claim'] }
  | { kind: 'alert'; id: string; group: string; body: Bodies['alert'] };

function draftOf(session: Session, author: Core, args: Args): Draft {
  const kind = word(args, 0, 'a kind');
  const subject = word(args, 1, 'what the row is about');
  if (kind === 'claim') return claimDraft(session, author, args, subject);
  if (kind !== 'alert') throw new Error(`rows by hand are claims and alerts, not ${kind}s`);
  const id = hostNamed(author.state, subject);
  const says = SAYS.find((known) => known === args.options.get('says')) ?? 'unreachable';
  const silentMs = millis(args.options.get('silent') ?? '3s');
  const body = { incarnation: numberOption(args, 'incarnation', 1), says, silentMs };
  return { kind, id, group: 'verdict', body };
}

const SAYS = ['alive', 'stalled', 'agent-down', 'unreachable'] as const;

function claimDraft(session: Session, author: Core, args: Args, subject: string): Draft {
  const id = slotNamed(session, author.state, subject);
  const service = serviceId(session, subject.split('.')[0] ?? '');
  const run = RUN[RUNS.find((name) => name === args.options.get('run')) ?? 'healthy'];
  const published = numberOption(args, 'port', 0);
  const body: Bodies['claim'] = {
    run,
    ran: run >= RUN.started,
    finished: false,
    exitCode: undefined,
    term: numberOption(args, 'term', 0),
    score: numberOption(args, 'score', 0),
    boot: author.state.facts.boot,
    engineStart: author.state.local.engine?.startId ?? '',
    memoryBytes: 0,
    nanoCpus: 0,
    image: 'web:1',
    container: null,
    containerId: null,
    address: null,
    ports: published > 0 ? [{ protocol: 'tcp', target: 80, published }] : [],
    since: 0,
    note: '',
    why: undefined,
  };
  const wanted = args.options.get('gen');
  const group = wanted
    ? session.generations.get(service)?.[Number(wanted.slice(1)) - 1]
    : serviceIn({ name: author.name, state: author.state }, service).generation;
  if (group === undefined) throw new Error(`there is no generation ${wanted} yet`);
  return { kind: 'claim', id, group, body };
}

const RUNS = ['released', 'bidding', 'started', 'healthy'] as const;

function sign(session: Session, author: Core, draft: Draft, args: Args): Row {
  const { kind, id, group, body } = draft;
  const ahead = args.options.get('hlc');
  const wall = TRUE_WALL_MS + session.cores.now + (ahead ? millis(ahead) : 0);
  const { meta, self: origin } = author.state;
  const seq = numberOption(args, 'seq', meta.seq + 1);
  const epoch = numberOption(args, 'epoch', meta.epoch);
  const row = { kind, id, group, origin, hlc: hlcFromWall(wall), epoch, seq, body: encode(body) };
  return signRow(createCrypto(author.name), MESH, row);
}

/** What became of a row that was handed over. */
function fate({ state: { table } }: Core, row: Row): string {
  const key = rowKey(row);
  const same = (held: Row | undefined): boolean => held?.epoch === row.epoch && held.seq === row.seq;
  if (same(table.rows.get(key))) return 'held';
  return same(table.aside.get(key)) ? 'held aside' : 'not held';
}

function give(session: Session, to: Core, from: Core): string[] {
  const before = new Set(rowsOf(to));
  hand(session.cores, to, from, rowsOf(from));
  const after = new Set(rowsOf(to));
  const lines = [
    ...[...after].filter((row) => !before.has(row)).map((row) => `+ ${describe(session, to, row)}`),
    ...[...before].filter((row) => !after.has(row)).map((row) => `- ${describe(session, to, row)}`),
  ].sort();
  return lines.length > 0 ? lines : ['nothing new'];
}

function isAbout(session: Session, row: Row, args: Args): boolean {
  const [kind, subject] = args.words;
  if (row.kind !== kind) return false;
  if (kind === 'service' || kind === 'rollout')
    return subject === undefined || row.id === serviceId(session, subject);
  if (kind !== 'claim' || subject === undefined) return true;
  const [service = '', index] = subject.split('.');
  return row.id.startsWith(`${serviceId(session, service)}.${index ?? ''}`);
}

/** `claim web.1 g1 by b`, `service web TaskTemplate by a` */
function describe(session: Session, { state }: Pick<Core, 'state'>, row: Row): string {
  const nameOf = (host: string): string => {
    const body = state.table.kinds.get('host')?.get(host)?.size;
    const known = [...session.cores.byName.values()].find((core) => core.state.self === host);
    const machine = session.mesh?.hosts.find(({ id }) => id === host);
    return known?.name ?? machine?.name ?? (body ? host.slice(0, 6) : '?');
  };
  const by = `by ${nameOf(row.origin)}`;
  const service = row.id.split('.')[0] ?? '';
  if (row.kind === 'claim') {
    return `claim ${slotName(session, state, row.id)} ${generationName(session, service, row.group)} ${by}`;
  }
  if (row.kind === 'service' || row.kind === 'rollout')
    return `${row.kind} ${serviceName(session, row.id)} ${row.group} ${by}`;
  return `${row.kind} ${nameOf(row.id)} ${by}`;
}
