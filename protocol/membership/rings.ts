/** Who watches whom: K hash rings, a host is watched by its predecessor in each (after Rapid, ATC 2018). */
import type { HostId } from '../identity.ts';
import { hash32 } from '../random.ts';

/** Distinct observers of `subject` among `members` (the subject itself may be one of them): min(k, others). */
export function observersOf(subject: HostId, members: readonly HostId[], k: number): HostId[] {
  const others = members.filter((member) => member !== subject);
  const wanted = Math.min(k, others.length);
  const observers: HostId[] = [];
  for (let ring = 0; observers.length < wanted; ring++) {
    const next = predecessor(subject, others, ring, observers);
    if (next !== undefined) observers.push(next);
  }
  return observers;
}

/** The nearest member before the subject in this ring that is not yet an observer. */
function predecessor(
  subject: HostId,
  others: readonly HostId[],
  ring: number,
  taken: HostId[],
): HostId | undefined {
  const at = hash32(`${ring}:${subject}`);
  let best: HostId | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const other of others) {
    if (taken.includes(other)) continue;
    const distance = (at - hash32(`${ring}:${other}`)) >>> 0;
    if (distance < bestDistance || (distance === bestDistance && best !== undefined && other < best)) {
      best = other;
      bestDistance = distance;
    }
  }
  return best;
}
