import { hostBody } from '../../protocol/membership/view.ts';
import type { State } from '../../protocol/state.ts';
import { type Check, remembering } from './check.ts';
import { begun } from './truth.ts';

const recall = remembering(() => new WeakMap<State, { incarnation: number; epoch: number; seq: number }>());

/** A host's incarnation, epoch and sequence never sink while it lives. */
export const incarnationRises: Check = {
  name: 'incarnations only rise',
  when: 'anytime',
  source: 'M2, rule R5',
  look: (mesh, memory) =>
    begun(mesh).flatMap(({ host, state }) => {
      const { epoch, seq } = state.meta;
      const now = { incarnation: hostBody(state, host.id)?.incarnation ?? 0, epoch, seq };
      const was = recall(memory).get(state) ?? now;
      recall(memory).set(state, now);
      if (now.incarnation < was.incarnation)
        return [`${host.name} went from incarnation ${was.incarnation} to ${now.incarnation}`];
      const sank = epoch < was.epoch || (epoch === was.epoch && seq < was.seq);
      return sank ? [`${host.name} went from ${was.epoch}.${was.seq} to ${epoch}.${seq}`] : [];
    }),
};
