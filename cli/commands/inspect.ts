/** `shoal inspect NAME` */
import { show } from '../context.ts';
import { named } from '../names.ts';
import { tree } from '../output.ts';
import type { CommandModule } from './command.ts';

export const define: CommandModule['define'] = (command, act) => {
  command.argument('<name>', 'a service, host or task').action((name: string) =>
    act(async (context) => {
      const answer = context.call('GET /inspect/:name', { params: { name } });
      const envelope = await named(context, ['service', 'host', 'task'], name, answer);
      show(context, envelope, ({ type, object }) => `type: ${type}\n${tree(object)}`);
    }),
  );
};
