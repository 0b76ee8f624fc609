/** `shoal leave [--keep]` */
import { show } from '../context.ts';
import type { CommandModule } from './command.ts';

export const define: CommandModule['define'] = (command, act) => {
  command.option('--keep', 'leave its containers running').action(({ keep }: { keep?: boolean }) =>
    act(async (context) => {
      const envelope = await context.call('POST /leave', { body: { keep } });
      show(context, envelope, () => `${envelope.freshness.host} has left the mesh`);
    }),
  );
};
