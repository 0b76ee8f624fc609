/** `shoal rm SERVICE...` and `shoal rm --stack STACK` */
import type { Envelope } from '../../protocol/api.ts';
import { type Context, show } from '../context.ts';
import { UsageError } from '../failure.ts';
import { named } from '../names.ts';
import type { CommandModule } from './command.ts';

type Removed = Envelope<{ removed: string[] }>;

const text = ({ removed }: { removed: string[] }): string =>
  removed.length === 0 ? 'nothing to remove' : `removed ${removed.join(', ')}`;

const removeStack = async (context: Context, stack: string): Promise<void> => {
  const answer = context.call('DELETE /stacks/:stack', { params: { stack } });
  show(context, await named(context, ['stack'], stack, answer), text);
};

const removeServices = async (context: Context, services: readonly string[]): Promise<void> => {
  const removed: string[] = [];
  let last: Removed | undefined;
  try {
    for (const service of services) {
      const answer = context.call('DELETE /services/:service', { params: { service } });
      last = await named(context, ['service'], service, answer);
      removed.push(...last.data.removed);
    }
  } catch (error) {
    // what was removed before the failure must be known
    if (last) context.tell(text({ removed }));
    throw error;
  }
  if (last) show(context, { ...last, data: { removed } }, text);
};

export const define: CommandModule['define'] = (command, act) => {
  command
    .argument('[services...]', 'services to remove')
    .option('--stack <name>', 'remove all services of this stack')
    .action((services: string[], { stack }: { stack?: string }) =>
      act((context) => {
        if (stack !== undefined && services.length > 0)
          throw new UsageError('give services or --stack, not both');
        if (stack !== undefined) return removeStack(context, stack);
        if (services.length === 0) throw new UsageError('expected the services to remove, or --stack STACK');
        return removeServices(context, services);
      }),
    );
};
