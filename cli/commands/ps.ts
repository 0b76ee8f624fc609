/** `shoal ps [SERVICE] [-a]` */
import type { TaskInfo } from '../../protocol/api.ts';
import { type Context, show } from '../context.ts';
import { named } from '../names.ts';
import { type Cell, since, table } from '../output.ts';
import type { CommandModule } from './command.ts';

const HEAD = ['task', 'host', 'state', 'since', 'image', 'ports', 'message'];

const row = (task: TaskInfo, context: Context): Cell[] => [
  task.name,
  task.host ?? '',
  { text: task.state, paint: task.state === 'running' ? context.style.good : context.style.bad },
  since(task.since),
  task.image,
  task.ports.join(', '),
  task.message ?? '',
];

export const taskTable = (tasks: readonly TaskInfo[], context: Context): string =>
  table(
    HEAD,
    tasks.map((task) => row(task, context)),
    context.style,
  );

const list = async (
  context: Context,
  service: string | undefined,
  all: boolean | undefined,
): Promise<void> => {
  const envelope = await context.call('GET /tasks', { query: { service, all } });
  // an empty list may mean a name that no service has
  if (service !== undefined && envelope.data.length === 0) {
    await context.call('GET /services/:service', { params: { service } });
  }
  show(context, envelope, (tasks) => taskTable(tasks, context));
};

export const define: CommandModule['define'] = (command, act) => {
  command
    .argument('[service]', 'tasks of this service only')
    .option('-a, --all', 'also tasks that have ended')
    .action((service: string | undefined, { all }: { all?: boolean }) =>
      act((context) => {
        const listed = list(context, service, all);
        return service === undefined ? listed : named(context, ['service'], service, listed);
      }),
    );
};
