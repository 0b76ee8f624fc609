// A client that keeps asking for a service by name, as long as something is done to it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Host } from './bed.ts';
import { answering, endpointsAt } from './names.ts';

export interface Traffic {
  /** rounds so far; in each, the name was asked for and every endpoint in the answer fetched from */
  rounds: number;
  /** fewest different containers that answered in one round */
  fewest: number;
  /** endpoints that were named and did not answer (`address:port`), with how often */
  unanswered: Map<string, number>;
  /** every container that ever answered */
  containers: Set<string>;
  stop(): Promise<void>;
}

/** Asks `host` for `service` (`web.shop`) again and again. */
export function startTraffic(host: Host, service: string): Traffic {
  let stopping = false;
  const containers = new Set<string>();
  const traffic: Traffic = {
    rounds: 0,
    fewest: Number.POSITIVE_INFINITY,
    unanswered: new Map(),
    containers,
    stop: async () => {
      stopping = true;
      await ended;
    },
  };
  const ended = (async () => {
    while (!stopping) {
      await round(traffic, host, service);
      await pause(10);
    }
  })();
  return traffic;
}

async function round(traffic: Traffic, host: Host, service: string): Promise<void> {
  const endpoints = (await endpointsAt(host, service)) ?? [];
  const answers = await Promise.all(endpoints.map(answering));
  const ids = answers.filter((id) => id !== null);
  traffic.rounds += 1;
  traffic.fewest = Math.min(traffic.fewest, new Set(ids).size);
  for (const endpoint of endpoints.filter((_, at) => answers[at] === null)) {
    traffic.unanswered.set(endpoint, (traffic.unanswered.get(endpoint) ?? 0) + 1);
  }
  for (const id of ids) traffic.containers.add(id);
}
