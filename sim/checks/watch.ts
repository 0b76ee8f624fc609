/** Holds every anytime invariant against a mesh while it runs. It draws no random number and changes nothing. */
import type { Millis } from '../../protocol/time.ts';
import type { Agent, Host } from '../host.ts';
import type { Mesh } from '../mesh.ts';
import { after } from '../world.ts';
import { operatorRowsOf } from './anytime-refused-does-nothing.ts';
import { type Call, type Check, createMemory, type Memory, type Sent } from './check.ts';

export interface Violation {
  at: Millis;
  check: string;
  text: string;
}

export interface Watcher {
  readonly memory: Memory;
  /** in the order of time; each line once, and of each check the first few */
  readonly violations: Violation[];
  stop(): void;
}

const LOOK_EVERY_MS = 1_000;
const KEPT_OF_EACH = 5;

/** Looks each virtual second, and at every message and answer, from now until `stop` or the end of the run. */
export function watchWith(mesh: Mesh, checks: Check[]): Watcher {
  const memory = createMemory();
  const violations: Violation[] = [];
  const anytime = checks.filter((check) => check.when === 'anytime');
  let stopped = false;
  const note = (check: Check, texts: string[]): void => {
    for (const text of texts) {
      const of = violations.filter((violation) => violation.check === check.name);
      if (of.length >= KEPT_OF_EACH || of.some((violation) => violation.text === text)) continue;
      violations.push({ at: mesh.world.now, check: check.name, text });
    }
  };
  const tap: Tap = {
    sent: (sent) => {
      if (stopped) return;
      for (const check of anytime) if (check.sent) note(check, check.sent(mesh, memory, sent));
    },
    answered: (call) => {
      if (stopped) return;
      for (const check of anytime) if (check.answered) note(check, check.answered(mesh, memory, call));
    },
  };
  const tapped = new Set<Host>();
  const look = (): void => {
    if (stopped) return;
    for (const host of mesh.hosts) {
      if (!tapped.has(host)) listen(host, tap);
      tapped.add(host);
    }
    for (const check of anytime) note(check, check.look(mesh, memory));
    memory.looks += 1;
    after(mesh.world, LOOK_EVERY_MS, look);
  };
  look();
  return {
    memory,
    violations,
    stop: () => {
      stopped = true;
    },
  };
}

interface Tap {
  sent(sent: Sent): void;
  answered(call: Call): void;
}

/** Puts itself between the host and its wire; what passes is the same. */
function listen(host: Host, tap: Tap): void {
  const { wire } = host;
  const { send, broadcast, opened } = wire;
  wire.send = (from, to, message) => {
    tap.sent({ from, to, message });
    send(from, to, message);
  };
  wire.broadcast = (from, message) => {
    tap.sent({ from, to: null, message });
    broadcast(from, message);
  };
  wire.opened = (agent) => {
    opened(agent);
    listenToCommands(host, agent, tap);
  };
  if (host.agent) listenToCommands(host, host.agent, tap);
}

function listenToCommands(host: Host, { loop }: Agent, tap: Tap): void {
  const { command } = loop;
  let given = 0;
  let open = 0;
  loop.command = (what, done) => {
    given += 1;
    open += 1;
    const number = given;
    const wasAlone = open === 1;
    const { seq: seqBefore } = loop.read((state) => state.meta);
    const diskBefore = operatorRowsOf(host);
    command(what, (result) => {
      open -= 1;
      const isAlone = wasAlone && given === number;
      tap.answered({ host, command: what, result, seqBefore, diskBefore, isAlone });
      done(result);
    });
  };
}
