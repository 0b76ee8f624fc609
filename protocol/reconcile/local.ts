/** What this host knows of its own engine and of the claims it is working on; none of it is replicated. */
import type { ClaimId, EngineInfo, ObservedContainer } from '../engine.ts';
import type { Slot } from '../placement/slot.ts';
import type { ClaimReasons } from '../records/claim.ts';
import type { Generation } from '../records/generation.ts';
import type { Millis } from '../time.ts';

/**
 * Where the work on an own claim stands. holding: until the bid's hold is over; pulling: image; clearing: an older
 * container must free its port first; starting: create and start; up: runs; waiting: restart back-off.
 */
type Phase = 'holding' | 'pulling' | 'clearing' | 'starting' | 'up' | 'waiting';

export interface Work {
  slot: Slot;
  generation: Generation;
  phase: Phase;
  container: string;
  /** when the phase ends by itself; infinite when something else must happen first */
  dueAt: Millis;
  holdMs: Millis;
  /** the hold was re-armed once because its timer fired late (rule C6) */
  rearmed: boolean;
  startedAt: Millis;
  reasons: ClaimReasons | null;
}

export interface Failures {
  at: Millis[];
  /** in a row, for back-off: a container that stayed up resets it */
  inRow: number;
  lastReason: string;
  /** this host does not bid for the slot again before */
  retryAt: Millis;
}

/** A container that has lost its claim: drained, then stopped. */
interface Ending {
  claim: ClaimId;
  stopAt: Millis;
  graceMs: Millis;
  asked: boolean;
}

export interface LocalState {
  engine: EngineInfo | null;
  engineDown: string;
  /** an inventory has arrived since the engine came up: what is not in it does not run */
  counted: boolean;
  containers: Map<string, ObservedContainer>;
  work: Map<ClaimId, Work>;
  ending: Map<string, Ending>;
  /** failures by claim, for back-off and quarantine: a new version starts with a clean slate */
  failures: Map<ClaimId, Failures>;
  /** stop grace by container name, remembered while its service may already be gone */
  graces: Map<string, Millis>;
  usage: { cpuMille: number; memoryMille: number };
  /** the epoch to take, once it is known what runs here: peers hold rows of a life whose store was lost (rule R5) */
  nextEpoch: number | null;
  /** claims of an earlier boot may be resumed: peers were heard, or nobody answered for a while (rule C3) */
  resumed: boolean;
  /** rivals whose endpoint we have reached, before we yield (rule C10) */
  reached: Map<string, boolean>;
}

export const createLocal = (): LocalState => ({
  engine: null,
  engineDown: 'not connected yet',
  counted: false,
  containers: new Map(),
  work: new Map(),
  ending: new Map(),
  failures: new Map(),
  graces: new Map(),
  usage: { cpuMille: 0, memoryMille: 0 },
  nextEpoch: null,
  resumed: false,
  reached: new Map(),
});

export const claimId = (slot: Slot, generation: Generation): ClaimId => `${slot}|${generation}`;

export function splitClaimId(id: ClaimId): { slot: Slot; generation: Generation } {
  const at = id.indexOf('|');
  return { slot: id.slice(0, at), generation: id.slice(at + 1) };
}
