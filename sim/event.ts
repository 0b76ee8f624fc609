/**
 * What happens to a mesh from outside, as data: faults and operators' commands with all that was drawn for them. A list
 * of them replays a run without any draw, whichever of them are left out.
 */
import type { Command } from '../protocol/input.ts';
import { nextBelow, type Random } from '../protocol/random.ts';
import type { Millis } from '../protocol/time.ts';
import type { Mesh } from './mesh.ts';
import type { Plan } from './plan.ts';

export interface SimEvent {
  /** virtual time since the start of the run */
  atMs: Millis;
  /** name of an action in faults/ or workload/ */
  what: string;
  args: Args;
}

/** Plain JSON. Hosts go by name; a name that no host has makes an action do nothing. */
export interface Args {
  host?: string;
  other?: string;
  /** each list of hosts is one side of a partition */
  groups?: string[][];
  ms?: Millis;
  /** 0..1 */
  share?: number;
  number?: number;
  text?: string;
  command?: Command;
}

/** Everything that a run depends on. */
export interface Recording {
  options: Plan;
  events: SimEvent[];
}

/** One event to come: `afterMs` from the moment of the draw. */
export interface Step {
  afterMs: Millis;
  what: string;
  args: Args;
}

/** One kind of fault or operation. */
export interface Action {
  /** what to do to the mesh as it is now, and what follows from it later; empty: nothing is possible now */
  draw(mesh: Mesh, random: Random): Step[];
  /** does it, in whatever state the mesh is; returns what the timeline says of it */
  act(mesh: Mesh, args: Args): string;
}

/** Undefined only from an empty list. */
export const pick = <T>(random: Random, from: readonly T[]): T => from[nextBelow(random, from.length)]!;
