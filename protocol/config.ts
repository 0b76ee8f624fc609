/** Every tunable of the protocol: unit in the name, default, and why. The shell and the simulator may override them. */
export const DEFAULTS = {
  /** one heartbeat per second and observer: two missed are the least that survives single losses */
  heartbeatMs: 1_000,
  /** floor of the learnt silence threshold: two missed heartbeats and some jitter */
  silenceFloorMs: 2_200,
  /** learnt threshold never exceeds this, whatever the link did before */
  silenceCeilingMs: 5_000,
  /** second witness (TCP connect) must answer within this */
  confirmMs: 1_000,
  /** a lone confirmed alert suffices after this silence; also the verdict time of an isolated host (rule V1) */
  loneVerdictMs: 6_000,
  /** observers per host: min(this, n - 1) */
  observers: 4,
  /** a failed host's slots open after this; time for a refutation to arrive */
  graceMs: 1_000,
  /** grace when more than half of the mesh fails within `massWindowMs`: a partition is likelier (rule C8) */
  massGraceMs: 5_000,
  massWindowMs: 10_000,
  /** an agent that is down keeps its claims this long when its endpoints cannot be probed (rule V3) */
  agentDownAfterMs: 60_000,
  /** endpoint probes of a host whose agent is down */
  endpointProbeMs: 1_000,
  endpointMisses: 2,
  endpointOpenAfterMs: 5_000,
  /** first change leaves at once, further ones are batched (rule R10) */
  batchMs: 50,
  /** one flooded message carries at most this many bytes of rows */
  batchBytes: 192 * 1024,
  /** digests must differ this long before a repair walk starts, and walks with one neighbour are this far apart */
  repairAfterMs: 1_500,
  /** no second walk with the same neighbour earlier than this unless the first brought something */
  repairPauseMs: 3_000,
  /** foreign stamps further ahead of our clock are held aside (rule R5) */
  maxClockSkewMs: 60_000,
  /** commands wait at most this long for neighbours heard within `confirmHeardMs` (rule R9) */
  ackWaitMs: 500,
  confirmHeardMs: 2_000,
  /** bounds of the hold between bid and start (rule C6) */
  holdFloorMs: 20,
  holdCeilingMs: 2_000,
  /** used until enough floods were measured */
  holdFirstMs: 200,
  /** a hold timer this late drains the inbox and re-arms once */
  holdLateMs: 100,
  /** spec changes settle this long before bidding */
  debounceMs: 50,
  /** a container must be healthy this long after its start, plus its start period */
  startDeadlineMs: 120_000,
  /** restart back-off: first delay, doubled up to the ceiling */
  restartFirstMs: 500,
  restartCeilingMs: 60_000,
  /** a container that stayed up this long starts the back-off anew */
  steadyMs: 10_000,
  /** this many failures of one claim within the window: left to other hosts for the rest of it */
  quarantineFailures: 5,
  quarantineWindowMs: 300_000,
  /** stop grace of a container whose spec names none (Docker's own default) */
  stopGraceMs: 10_000,
  /** between leaving every answer and the stop signal: gossip and the TTL of names must run out */
  drainMs: 1_500,
  /** a returning host has this long to adopt or resume what its rows of an earlier boot held */
  adoptMs: 10_000,
  /** a host that hears nobody waits this long before it resumes its own slots */
  resumeAloneMs: 2_000,
  /** the core's own clock tick */
  tickMs: 200,
  /** hosts up to this number all bid; above, the best few by published load and by hash do */
  allBidUpTo: 8,
  rankBidders: 4,
  hashBidders: 4,
  /** untrusted input: largest row body and largest message */
  maxBodyBytes: 64 * 1024,
  maxMessageBytes: 1024 * 1024,
  /** rows of origins whose certificate has not arrived, and rows held aside, are bounded */
  maxOrphans: 10_000,
} as const;

export type Tunables = { [K in keyof typeof DEFAULTS]: number };

export interface Config {
  /** mesh domain of the agents' DNS */
  domain: string;
  /** address containers use as resolver; empty: leave Docker's default */
  containerDns: string[];
  tunables: Tunables;
}

export const defaultConfig = (over: Partial<Tunables> = {}): Config => ({
  domain: 'shoal.internal',
  containerDns: [],
  tunables: { ...DEFAULTS, ...over },
});
