/** Deadlines and paces of the engines. They concern this host's IO only, so the core's tunables do not hold them. */
export const TIMING = {
  /** a ping this often; an engine that leaves one unanswered for the deadline is reported `down` */
  pingEveryMs: 3_000,
  pingDeadlineMs: 10_000,
  /** reads: list, inspect, info */
  callMs: 10_000,
  /** create and start copy layers and set up networks: slow on busy disks, yet never for ever */
  createMs: 60_000,
  startMs: 60_000,
  /** added to the grace of a stop, and the deadline of a forced removal */
  removeMs: 30_000,
  /** a pull may take long, but not without any progress */
  pullMs: 1_800_000,
  pullIdleMs: 120_000,
  /** engines drop events for slow readers, so the list is compared this often even without a known gap */
  auditMs: 60_000,
  /** a start waits this long for an earlier operation on its name */
  turnMs: 30_000,
  reconnectFirstMs: 250,
  reconnectCeilingMs: 5_000,
  /** a container that would not go is tried again for ever, at this pace */
  stopRetryFirstMs: 500,
  stopRetryCeilingMs: 15_000,
  /** the process engine looks this often whether adopted processes still live */
  adoptedPollMs: 500,
  /** output of processes is framed and stamped in batches this far apart */
  collectMs: 50,
} as const;

export type Timing = { [K in keyof typeof TIMING]: number };
