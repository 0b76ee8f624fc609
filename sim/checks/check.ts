/** What an invariant is, and what it may remember of the mesh that it watches. */
import type { CommandResult } from '../../protocol/effect.ts';
import type { HostId } from '../../protocol/identity.ts';
import type { Command } from '../../protocol/input.ts';
import type { Millis } from '../../protocol/time.ts';
import type { Message } from '../../protocol/wire/message.ts';
import type { Host } from '../host.ts';
import type { Mesh } from '../mesh.ts';

/**
 * anytime: each virtual second, faults or not. eventually: must come to hold within a bound once everything is mended,
 * and stay. finally: looked at once, at the end.
 */
export type When = 'anytime' | 'eventually' | 'finally';

/** One promise of the protocol, held against a mesh: one line for each place where it is broken. Changes nothing. */
export interface Check {
  name: string;
  when: When;
  /** what promises it: "M2", "rule C2", "promise 2" */
  source: string;
  look(mesh: Mesh, memory: Memory): string[];
  /** at the moment when a message leaves a host */
  sent?(mesh: Mesh, memory: Memory, sent: Sent): string[];
  /** at the moment when a command is answered */
  answered?(mesh: Mesh, memory: Memory, call: Call): string[];
}

/** A message that leaves a host; `to` null: all its neighbours. */
export interface Sent {
  from: Host;
  to: HostId | null;
  message: Message;
}

/** A command that was answered. */
export interface Call {
  host: Host;
  command: Command;
  result: CommandResult;
  /** the host's last own sequence number when the command was given, and the operators' rows of its own on its disk */
  seqBefore: number;
  diskBefore: string;
  /** no other command was given to this host meanwhile */
  isAlone: boolean;
}

/** Of one mesh under watch. Each check keeps its own things by `remembering`. */
export interface Memory {
  /** how many times everything was looked at: what is dear is looked at on one host at a time, in turn */
  looks: number;
}

export const createMemory = (): Memory => ({ looks: 0 });

/** A thing of one check that lives as long as the memory. */
export function remembering<T>(create: () => T): (memory: Memory) => T {
  const kept = new WeakMap<Memory, T>();
  return (memory) => {
    const held = kept.get(memory);
    if (held !== undefined) return held;
    const created = create();
    kept.set(memory, created);
    return created;
  };
}

/** Keeps in `since` since when each of these is so without a break, and forgets those that are no more. */
export function lasting(
  since: Map<string, Millis>,
  now: Millis,
  present: Iterable<string>,
): Map<string, Millis> {
  const still = new Set(present);
  for (const key of since.keys()) if (!still.has(key)) since.delete(key);
  for (const key of still) if (!since.has(key)) since.set(key, now);
  return since;
}
