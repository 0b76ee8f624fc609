/** A recording played once more under watch, for its timeline. */
import type { Recording } from './event.ts';
import { FAULTS } from './faults/index.ts';
import { replay } from './run.ts';
import { addLines, createTimeline, type Line, type Timeline } from './timeline.ts';
import { judge, type Verdict } from './verdict.ts';
import { type WatchOptions, watch } from './watch.ts';
import { OPERATIONS } from './workload/index.ts';

export function replayWatched(
  recording: Recording,
  options: WatchOptions,
): { timeline: Timeline; verdict: Verdict } {
  let timeline = createTimeline();
  const verdict = judge(() =>
    replay(recording, (mesh) => {
      timeline = watch(mesh, options);
    }),
  );
  addLines(timeline, verdict.outcome?.timeline.map(lineOf) ?? []);
  return { timeline, verdict };
}

/** `SECONDS WHAT: TEXT`, as a run writes it. */
function lineOf(text: string): Line {
  const [seconds = '', ...rest] = text.split(' ');
  const what = rest[0]?.replace(/:$/, '') ?? '';
  const kind = what in OPERATIONS ? 'command' : what in FAULTS ? 'fault' : 'phase';
  return { atMs: Number(seconds) * 1000, host: null, kind, text: rest.join(' ') };
}
