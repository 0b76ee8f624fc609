/** Before yielding to a rival we connect to its endpoint ourselves (rule C10); one attempt at a time. */
import type { HostId } from '../identity.ts';
import type { ProbeOutcome } from '../input.ts';
import { splitClaimId } from '../reconcile/local.ts';
import { emit, type State } from '../state.ts';
import { addressOf } from './view.ts';

const PREFIX = 'reach ';

export function probeRival(state: State, host: HostId, claim: string, port: number): void {
  const at = addressOf(state, host);
  const asked = [...state.membership.probes.values()].some((probe) => probe.claim === PREFIX + claim);
  if (!at || asked) return;
  const probe = state.membership.nextProbe++;
  state.membership.probes.set(probe, { host, claim: PREFIX + claim });
  emit(state, {
    kind: 'probe',
    probe,
    address: at.address,
    port,
    timeoutMs: state.config.tunables.confirmMs,
  });
}

/** True when this probe was one of ours. */
export function onReachProbed(state: State, claim: string, outcome: ProbeOutcome): boolean {
  if (!claim.startsWith(PREFIX)) return false;
  const name = claim.slice(PREFIX.length);
  state.local.reached.set(name, outcome === 'open');
  if (outcome === 'open') state.dirty.slots.add(splitClaimId(name).slot);
  return true;
}

/** Now and then: what was found is forgotten, and whoever has not yielded by then connects once more. */
export function retryRivals(state: State): void {
  for (const name of state.local.reached.keys()) state.dirty.slots.add(splitClaimId(name).slot);
  state.local.reached.clear();
}
