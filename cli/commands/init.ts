/** `shoal init` */
import { show } from '../context.ts';
import type { CommandModule } from './command.ts';

export const define: CommandModule['define'] = (command, act) => {
  command.action(() =>
    act(async (context) => {
      const envelope = await context.call('POST /init', {});
      show(context, envelope, ({ mesh, host }) => `${host} is the first host of the mesh ${mesh}`);
      if (!context.json) context.tell('`shoal invite` lets other hosts in');
    }),
  );
};
