/** `shoal leave [--keep]` */
import { show } from '../context.ts';
import type { CommandModule } from './command.ts';

/** The agent first stops the host's containers, for which it takes up to 30 s. */
const DEADLINE_MS = 40_000;

export const define: CommandModule['define'] = (command, act) => {
  command.option('--keep', 'leave its containers running').action(({ keep }: { keep?: boolean }) =>
    act(async (context) => {
      const envelope = await context.call('POST /leave', { body: { keep }, deadlineMs: DEADLINE_MS });
      show(context, envelope, () => `${envelope.freshness.host} has left the mesh`);
    }),
  );
};
