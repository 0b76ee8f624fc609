/** Failures of a claim on this host: restart or give up, how soon, and when to leave it to others. */
import type { ClaimId, ObservedContainer } from '../engine.ts';
import type { RestartPolicy } from '../spec.ts';
import type { State } from '../state.ts';
import type { Millis } from '../time.ts';
import type { Failures } from './local.ts';

export function noteFailure(state: State, claim: ClaimId, reason: string): Failures {
  const failures = state.local.failures.get(claim) ?? { at: [], inRow: 0, lastReason: '', retryAt: 0 };
  const { quarantineWindowMs, restartFirstMs, restartCeilingMs } = state.config.tunables;
  for (const [other, { at }] of state.local.failures) {
    if (state.now - (at.at(-1) ?? 0) > quarantineWindowMs) state.local.failures.delete(other);
  }
  failures.at = [...failures.at.filter((at) => state.now - at < quarantineWindowMs), state.now];
  failures.inRow += 1;
  failures.lastReason = reason;
  const backOff = Math.min(restartCeilingMs, restartFirstMs * 2 ** Math.min(20, failures.inRow - 1));
  failures.retryAt = state.now + backOff;
  state.local.failures.set(claim, failures);
  return failures;
}

export const forgiveFailures = (state: State, claim: ClaimId): void => {
  const failures = state.local.failures.get(claim);
  if (failures) failures.inRow = 0;
};

export const isQuarantined = (state: State, failures: Failures): boolean =>
  failures.at.length >= state.config.tunables.quarantineFailures;

/** What the restart policy says about a container that ended: `none` and a clean end under `on-failure` are final. */
export function shouldRestart(
  policy: RestartPolicy | undefined,
  container: ObservedContainer,
  inRow: number,
): boolean {
  const condition = policy?.Condition ?? 'any';
  if (condition === 'none') return false;
  if (condition === 'on-failure' && container.exitCode === 0) return false;
  const max = policy?.MaxAttempts ?? 0;
  return max === 0 || inRow < max;
}

export function endReason(container: ObservedContainer): string {
  if (container.oomKilled) return 'killed: out of memory';
  return `exited with code ${container.exitCode ?? 'unknown'}`;
}

export const secondsUntil = (now: Millis, at: Millis): string =>
  `${Math.max(0, (at - now) / 1000).toFixed(1)} s`;
