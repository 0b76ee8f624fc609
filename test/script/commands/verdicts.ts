/** Membership as each host sees it: states, juries, verdicts. */
import { alertsAbout, judge, jury } from '../../../protocol/membership/verdict.ts';
import { hostName, hostState, knownHosts, peerOf } from '../../../protocol/membership/view.ts';
import { observersIn } from '../../../protocol/membership/watchers.ts';
import type { State } from '../../../protocol/state.ts';
import { word } from '../parse.ts';
import { agreed, type Handler, hostNamed, viewsOn } from '../session.ts';

export const verdictCommands: Record<string, Handler> = {
  /** `states`: how each host sees the others; hosts that see the same share a line */
  states: (session, args) => {
    const told = viewsOn(session, args).map(({ name, state }) => ({ name, lines: [statesIn(state)] }));
    return agreed(told);
  },

  /** `judge c on=a`: the verdict as it follows from the alerts held at this moment, and from whom it came */
  judge: (session, args) => {
    const subject = word(args, 0, 'a host');
    const told = viewsOn(session, args)
      .filter(({ name }) => name !== subject)
      .map(({ name, state }) => {
        const host = hostNamed(state, subject);
        return { name, lines: [`${judge(state, host, peerOf(state, host))} (${evidence(state, host)})`] };
      });
    return agreed(told);
  },

  /** `observers c`: who watches it */
  observers: (session, args) => {
    const told = viewsOn(session, args).map(({ name, state }) => {
      const observers = observersIn(state, hostNamed(state, word(args, 0, 'a host')));
      return {
        name,
        lines: [
          observers
            .map((host) => hostName(state, host))
            .sort()
            .join(' '),
        ],
      };
    });
    return agreed(told);
  },
};

function statesIn(state: State): string {
  const others = knownHosts(state).filter(
    (host) => host !== state.self && hostState(state, host) !== 'alive',
  );
  const named = others.map((host) => `${hostName(state, host)} ${hostState(state, host)}`).sort();
  return named.length > 0 ? named.join(', ') : 'all alive';
}

function evidence(state: State, host: string): string {
  const jurors = jury(state, host);
  const alerts = [...alertsAbout(state, host)]
    .map(
      ([by, { says }]) => `${hostName(state, by)} says ${says}${jurors.includes(by) ? '' : ', not counted'}`,
    )
    .sort();
  const among = `jury ${jurors
    .map((juror) => hostName(state, juror))
    .sort()
    .join(' ')}`;
  return [among, ...alerts].join('; ');
}
