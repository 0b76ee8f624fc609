/** `shoal host inspect|drain|activate|label|remove NAME` */
import type { Command } from 'commander';
import { type Context, show } from '../context.ts';
import { UsageError } from '../failure.ts';
import { named } from '../names.ts';
import { tree } from '../output.ts';
import { type Act, type CommandModule, collect } from './command.ts';

const inspect = async (context: Context, host: string): Promise<void> => {
  const answer = context.call('GET /hosts/:host', { params: { host } });
  show(context, await named(context, ['host'], host, answer), tree);
};

const setAvailability = async (
  context: Context,
  host: string,
  availability: 'active' | 'drain',
): Promise<void> => {
  const answer = context.call('POST /hosts/:host/availability', { params: { host }, body: { availability } });
  const text =
    availability === 'drain' ? 'gives its tasks to other hosts and takes no new ones' : 'takes tasks again';
  show(context, await named(context, ['host'], host, answer), ({ name }) => `${name} ${text}`);
};

const remove = async (context: Context, host: string): Promise<void> => {
  const answer = context.call('DELETE /hosts/:host', { params: { host } });
  show(
    context,
    await named(context, ['host'], host, answer),
    ({ removed }) => `${removed} is no member any more`,
  );
};

const parseLabels = (texts: readonly string[]): Record<string, string> => {
  const pairs = texts.map((text): [string, string] => {
    const equals = text.indexOf('=');
    if (equals < 1)
      throw new UsageError(`'${text}' is no label; expected KEY=VALUE, or --rm KEY to take one away`);
    return [text.slice(0, equals), text.slice(equals + 1)];
  });
  return Object.fromEntries(pairs);
};

const label = async (
  context: Context,
  host: string,
  texts: string[],
  removed: string[] = [],
): Promise<void> => {
  if (texts.length + removed.length === 0) throw new UsageError('expected KEY=VALUE or --rm KEY');
  const body = { set: parseLabels(texts), remove: removed };
  const answer = context.call('POST /hosts/:host/labels', { params: { host }, body });
  show(context, await named(context, ['host'], host, answer), ({ name, labels }) => {
    const list = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    return `labels of ${name}: ${list.length === 0 ? 'none' : list.join(', ')}`;
  });
};

const onHost = (command: Command, name: string, summary: string): Command =>
  command.command(name).description(summary).argument('<name>', 'name or id of the host');

const defineLabel = (command: Command, act: Act): void => {
  onHost(command, 'label', 'set and remove labels, which constraints of services can ask for')
    .argument('[labels...]', 'KEY=VALUE')
    .option('--rm <key>', 'remove a label (repeatable)', collect)
    .action((name: string, labels: string[], { rm }: { rm?: string[] }) =>
      act((context) => label(context, name, labels, rm)),
    );
};

export const define: CommandModule['define'] = (command, act) => {
  onHost(command, 'inspect', 'show all about a host, and what others say of it').action((name: string) =>
    act((context) => inspect(context, name)),
  );
  onHost(command, 'drain', 'move its tasks away and give it no new ones').action((name: string) =>
    act((context) => setAvailability(context, name, 'drain')),
  );
  onHost(command, 'activate', 'let it take tasks again').action((name: string) =>
    act((context) => setAvailability(context, name, 'active')),
  );
  defineLabel(command, act);
  onHost(command, 'remove', 'remove a dead or drained host from the mesh for good').action((name: string) =>
    act((context) => remove(context, name)),
  );
};
