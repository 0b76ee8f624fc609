/**
 * The core alone: one state machine for each host, stepped by hand. No network: rows travel only where a script
 * merges them, and who hears whom is said, so that any order of events can be written down.
 */
import { createAgent, step } from '../../protocol/agent.ts';
import { defaultConfig } from '../../protocol/config.ts';
import type { Effect } from '../../protocol/effect.ts';
import type { Event, ProbeOutcome } from '../../protocol/input.ts';
import type { Row } from '../../protocol/records/row.ts';
import type { State } from '../../protocol/state.ts';
import type { Millis } from '../../protocol/time.ts';
import { chainOf, createCrypto, hostIdOf, MESH } from '../../sim/crypto.ts';
import { TRUE_WALL_MS } from '../../sim/host.ts';

export interface Core {
  readonly name: string;
  readonly state: State;
  timers: { at: Millis; timer: string; token: number }[];
  /** what its steps asked for since this was last looked at */
  effects: Effect[];
  clockOffsetMs: Millis;
}

export interface Cores {
  now: Millis;
  byName: Map<string, Core>;
  /** `a>b`: b does not hear a, since when */
  deaf: Map<string, Millis>;
  /** what a TCP connect to a host's agent (`b`) or endpoints (`b:port`) ends in; not listed: by who hears whom */
  answers: Map<string, ProbeOutcome>;
}

export const TICK_MS = 200;
const SILENCE_MS = 2_200;
const CPU_STEP_MILLE = 125;

export const createCores = (): Cores => ({ now: 0, byName: new Map(), deaf: new Map(), answers: new Map() });

export function addCore(cores: Cores, name: string, labels: Record<string, string>): Core {
  const identity = {
    self: hostIdOf(name),
    mesh: MESH,
    role: 'operator' as const,
    chain: chainOf(name, 'operator', TRUE_WALL_MS),
  };
  const address = `10.0.0.${cores.byName.size + 1}`;
  const facts = { name, address, port: 7946, labels, boot: `${name}-boot`, version: '0.1.0' };
  const restored = { identity, facts, rows: [], meta: { epoch: 1, seq: 0, hlc: 0 }, seed: 1 };
  const state = createAgent(defaultConfig(), restored, createCrypto(name));
  const core: Core = { name, state, timers: [], effects: [], clockOffsetMs: 0 };
  cores.byName.set(name, core);
  feed(cores, core, { kind: 'start' });
  return core;
}

export function coreNamed(cores: Cores, name: string): Core {
  const core = cores.byName.get(name);
  if (!core) throw new Error(`no core is named ${name}`);
  return core;
}

/** One step; its effects are kept for the script, its timers and probes are played by `wait`. */
export function feed(cores: Cores, core: Core, event: Event): Effect[] {
  const wall = TRUE_WALL_MS + cores.now + core.clockOffsetMs;
  const effects = step(core.state, { now: cores.now, wall, ...event });
  for (const effect of effects) {
    if (effect.kind !== 'timer') continue;
    const { timer, token } = effect;
    core.timers.push({ at: cores.now + effect.afterMs, timer, token });
  }
  core.effects.push(...effects);
  return effects;
}

/** The engine is there and runs nothing. */
export function engineUp(cores: Cores, core: Core): void {
  const info = {
    kind: 'docker',
    version: '28',
    startId: `${core.name}-engine`,
    os: 'linux',
    arch: 'x86_64',
  } as const;
  feed(cores, core, {
    kind: 'engine',
    event: { event: 'up', info: { ...info, memoryBytes: 8 * 2 ** 30, nanoCpus: 4e9 } },
  });
  feed(cores, core, { kind: 'engine', event: { event: 'inventory', containers: [] } });
}

/** Derives anew after a row was written into the state by hand. */
export const settleCore = (cores: Cores, core: Core): Effect[] =>
  feed(cores, core, { kind: 'timer', timer: '', token: 0 });

export function hand(cores: Cores, to: Core, from: Core, rows: Row[]): void {
  feed(cores, to, { kind: 'message', from: from.state.self, message: { type: 'rows', how: 'repair', rows } });
}

export const rowsOf = (core: Core): Row[] => [
  ...core.state.table.rows.values(),
  ...core.state.table.aside.values(),
];

/** Every core (or only `hearing`) hears every other one to which it is not deaf; each is busier than the one before. */
export function hearAll(cores: Cores, hearing = [...cores.byName.values()]): void {
  for (const [at, from] of [...cores.byName.values()].entries()) {
    for (const to of hearing) {
      if (from === to || cores.deaf.has(`${from.name}>${to.name}`)) continue;
      const { self: host, facts, table, membership } = from.state;
      feed(cores, to, {
        kind: 'heartbeat',
        report: {
          report: 'heard',
          host,
          address: facts.address,
          port: facts.port,
          digest: table.digest,
          incarnation: membership.incarnation,
          mainAgeMs: 0,
          clockOffsetMs: from.clockOffsetMs - to.clockOffsetMs,
          load: { cpuMille: Math.min(1000, CPU_STEP_MILLE * at), memoryMille: 0, containers: 0 },
          relayed: [],
        },
      });
    }
  }
}

/** Plays time: timers, heartbeats, silences, and the answers to probes. */
export function wait(cores: Cores, ms: Millis): void {
  const end = cores.now + ms;
  while (cores.now < end) {
    cores.now = Math.min(end, cores.now + TICK_MS);
    hearAll(cores);
    for (const core of cores.byName.values()) {
      reportSilences(cores, core);
      answerProbes(cores, core);
      fireTimers(cores, core);
    }
  }
}

export function fireTimers(cores: Cores, core: Core): void {
  const due = core.timers.filter(({ at }) => at <= cores.now).sort((a, b) => a.at - b.at);
  core.timers = core.timers.filter(({ at }) => at > cores.now);
  for (const { timer, token } of due) feed(cores, core, { kind: 'timer', timer, token });
}

function reportSilences(cores: Cores, core: Core): void {
  for (const [pair, since] of cores.deaf) {
    const [from = '', to = ''] = pair.split('>');
    const forMs = cores.now - since;
    if (to !== core.name || forMs < SILENCE_MS || forMs % 1_000 >= TICK_MS) continue;
    feed(cores, core, { kind: 'heartbeat', report: { report: 'silent', host: hostIdOf(from), forMs } });
  }
}

function answerProbes(cores: Cores, core: Core): void {
  const probes = core.effects.flatMap((effect) => (effect.kind === 'probe' ? [effect] : []));
  core.effects = core.effects.filter(({ kind }) => kind !== 'probe');
  for (const { probe, address, port } of probes) {
    const peer = [...cores.byName.values()].find(({ state }) => state.facts.address === address);
    const name = peer?.name ?? '';
    const told = cores.answers.get(port === peer?.state.facts.port ? name : `${name}:${port}`);
    const outcome = told ?? (cores.deaf.has(`${name}>${core.name}`) ? 'timeout' : 'open');
    feed(cores, core, { kind: 'probed', probe, outcome });
  }
}
