/**
 * How well a host suits an item: 0..10^6, larger is better. Every term only shrinks as the host takes more (diminishing
 * marginal gain), which the convergence of greedy auctions rests on (Choi, Brunet, How 2009). Measured loads enter in
 * coarse steps, so that bids with true loads and rankings by published ones rarely disagree.
 */
import type { Candidate, Item } from './constraints/filter.ts';

const WEIGHT = { spread: 0.5, tasks: 0.2, memory: 0.15, cpu: 0.15 };
const STEPS = 8;
/** A host whose older generation of this very slot holds the port must stop it first: any other host is better. */
const STOP_FIRST_FACTOR = 0.4;

export function scoreOf(candidate: Candidate, item: Item): number {
  const own = candidate.tasksOf.get(item.service) ?? 0;
  const memoryUsed = Math.max(
    candidate.memoryMille / 1000,
    share(candidate.usedMemoryBytes, candidate.memoryBytes),
  );
  const cpuUsed = Math.max(candidate.cpuMille / 1000, share(candidate.usedNanoCpus, candidate.nanoCpus));
  const value =
    WEIGHT.spread / (1 + own) +
    WEIGHT.tasks / (1 + candidate.tasks) +
    WEIGHT.memory * coarse(1 - memoryUsed) +
    WEIGHT.cpu * coarse(1 - cpuUsed);
  const stopFirst = item.ports.some((port) => candidate.ports.get(port)?.includes(item.slot));
  return Math.round(1_000_000 * value * (stopFirst ? STOP_FIRST_FACTOR : 1));
}

const share = (used: number, all: number): number => (all > 0 ? used / all : 0);

const coarse = (fraction: number): number => Math.round(Math.max(0, Math.min(1, fraction)) * STEPS) / STEPS;
