import { listHosts } from '../../protocol/queries/hosts.ts';
import { listServices } from '../../protocol/queries/services.ts';
import { tasksOf } from '../../protocol/queries/tasks.ts';
import type { State } from '../../protocol/state.ts';
import { alive, stateOf } from '../mesh.ts';
import type { Check } from './check.ts';

/** Every host gives the same answer to every question about services, tasks and hosts. */
export const sameAnswers: Check = {
  name: 'every host answers alike',
  when: 'eventually',
  source: 'A3, promise 1',
  look: (mesh) => {
    const [first, ...others] = alive(mesh);
    if (!first) return [];
    const wanted = answersOf(stateOf(first));
    return others.flatMap((host) => {
      const answers = answersOf(stateOf(host));
      const at = wanted.findIndex((line, i) => line !== answers[i]);
      if (at < 0 && answers.length === wanted.length) return [];
      return [`${first.name}: ${wanted[at] ?? 'nothing'}; ${host.name}: ${answers[at] ?? 'nothing'}`];
    });
  },
};

/** Without what each host measures for itself, and without the reason of a pending task, which may name its own loads. */
function answersOf(state: State): string[] {
  const services = listServices(state).map((info) => JSON.stringify(info));
  const tasks = [...state.services.values()]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((service) => tasksOf(state, service))
    .map(({ message: _message, ...info }) => JSON.stringify(info));
  const hosts = listHosts(state).map(({ id, name, address, state: seen, availability, labels, version }) =>
    JSON.stringify({ id, name, address, seen, availability, labels, version }),
  );
  return [...services, ...tasks, ...hosts];
}
