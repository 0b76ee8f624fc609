import type { State } from '../../protocol/state.ts';
import { type Check, remembering } from './check.ts';
import { begun } from './truth.ts';

const recall = remembering(() => new WeakMap<State, Map<string, { version: number; spec: string }>>());

/** At one host, the version of a service never sinks, and never stays while its content changes. */
export const versionRises: Check = {
  name: 'versions only rise',
  when: 'anytime',
  source: 'A4, C3, rule R4',
  look: (mesh, memory) =>
    begun(mesh).flatMap(({ host, state }) => {
      const seen = recall(memory).get(state) ?? new Map<string, { version: number; spec: string }>();
      recall(memory).set(state, seen);
      return [...state.services.values()].flatMap(({ id, name, version, generation, spec }) => {
        const was = seen.get(id);
        const now = { version, spec: `${generation} ${JSON.stringify(spec.Mode)}` };
        seen.set(id, now);
        if (!was || version > was.version) return [];
        if (version < was.version)
          return [`${host.name}: ${name} went from version ${was.version} to ${version}`];
        return now.spec === was.spec ? [] : [`${host.name}: ${name} changed, its version ${version} did not`];
      });
    }),
};
