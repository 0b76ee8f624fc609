/** `shoal join INVITE` */
import { show } from '../context.ts';
import type { CommandModule } from './command.ts';

/** The agent tries every address of the invite for 10 s, and stores who it is before it answers. */
const DEADLINE_MS = 30_000;

export const define: CommandModule['define'] = (command, act) => {
  command.argument('<invite>', 'what `shoal invite` printed on a member').action((invite: string) =>
    act(async (context) => {
      if (context.io.stderr.isTTY) context.tell('joining ...');
      const envelope = await context.call('POST /join', {
        body: { invite: invite.trim() },
        deadlineMs: DEADLINE_MS,
      });
      show(context, envelope, ({ mesh, host }) => `${host} has joined the mesh ${mesh}`);
    }),
  );
};
