/** A recording played once more under watch, for its timeline. */
import type { Recording } from './event.ts';
import { FAULTS } from './faults/index.ts';
import { replay } from './run.ts';
import { addLines, createTimeline, type Line, type Timeline } from './timeline.ts';
import { judge, type Verdict } from './verdict.ts';
import { type WatchOptions, watch } from './watch.ts';
import { OPERATIONS } from './workload/index.ts';

const WATCH = 'watch';

/** The watch begins as the first event of the run: it changes nothing, and every draw and digest stays as it was. */
export function replayWatched(
  recording: Recording,
  options: WatchOptions,
): { timeline: Timeline; verdict: Verdict } {
  let timeline = createTimeline();
  FAULTS[WATCH] = {
    draw: () => [],
    act: (mesh) => {
      timeline = watch(mesh, options);
      return '';
    },
  };
  const events = [{ atMs: 0, what: WATCH, args: {} }, ...recording.events];
  try {
    const verdict = judge(() => replay({ ...recording, events }));
    addLines(timeline, verdict.outcome?.timeline.flatMap(lineOf) ?? []);
    return { timeline, verdict };
  } finally {
    delete FAULTS[WATCH];
  }
}

/** `SECONDS WHAT: TEXT`, as a run writes it. */
function lineOf(text: string): Line[] {
  const [seconds = '', ...rest] = text.split(' ');
  const what = rest[0]?.replace(/:$/, '') ?? '';
  if (what === WATCH) return [];
  const kind = what in OPERATIONS ? 'command' : what in FAULTS ? 'fault' : 'phase';
  return [{ atMs: Number(seconds) * 1000, host: null, kind, text: rest.join(' ') }];
}
