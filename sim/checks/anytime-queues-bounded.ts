import type { State } from '../../protocol/state.ts';
import type { Check } from './check.ts';
import { inTurn } from './truth.ts';

const SPARE = 100;

/** Nothing that waits or is remembered grows beyond what it is about. */
export const queuesBounded: Check = {
  name: 'queues and maps are bounded',
  when: 'anytime',
  source: 'L2, C6',
  look: (mesh, memory) =>
    inTurn(mesh, memory).flatMap(({ host, state }) => {
      const sizes = sizesOf(state, host.engine.containers.size);
      return sizes
        .filter(([, size, most]) => size > most)
        .map(([what, size, most]) => `${host.name} holds ${size} ${what}, at most ${most} are expected`);
    }),
};

function sizesOf(state: State, containers: number): [what: string, size: number, most: number][] {
  const { gossip, membership, local, commands, table, config } = state;
  const hosts = table.kinds.get('host')?.size ?? 0;
  const claims = [...(table.kinds.get('claim')?.values() ?? [])].reduce(
    (sum, object) => sum + object.size,
    0,
  );
  const { maxOrphans } = config.tunables;
  return [
    ['rows to flood', gossip.outbox.size, table.rows.size + SPARE],
    ['rows without a certificate', gossip.orphans.size, maxOrphans],
    ['rows held aside', table.aside.size, maxOrphans],
    ['floods', gossip.floods.length, SPARE],
    ['times of floods', gossip.storedMs.length, SPARE],
    ['links', gossip.peers.size, hosts + SPARE],
    ['peers', membership.peers.size, hosts + SPARE],
    ['probes under way', membership.probes.size, claims + 2 * hosts + SPARE],
    ['commands unanswered', commands.pending.size, SPARE],
    ['works', local.work.size, claims],
    ['containers', local.containers.size, containers + claims + SPARE],
    ['endings', local.ending.size, local.containers.size],
    ['graces', local.graces.size, local.containers.size + local.work.size + SPARE],
    ['rivals reached', local.reached.size, 2 * claims + SPARE],
    ['failures', local.failures.size, 2 * claims + SPARE],
    ['timers', state.timers.size, commands.pending.size + 10],
    ['rows to persist', state.out.put.size + state.out.effects.length, 0],
  ];
}
