/** `shoal agent`: becomes the agent's process, with its flags untouched. Nothing of the agent is imported here. */
import { fileURLToPath } from 'node:url';
import { DEFAULT_SOCKET } from '../client.ts';
import { CommandError } from '../failure.ts';
import type { CommandModule } from './command.ts';

export const define: CommandModule['define'] = (command, act) => {
  command
    .argument('[flags...]', 'flags of the agent; `shoal agent --help` lists them')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action((flags: string[]) =>
      act(async (context) => {
        const main = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));
        // the same process, not a child: signals, exit code and process id are the agent's own
        if (!process.execve)
          throw new CommandError({ code: 'INTERNAL', message: 'this system cannot replace a process' });
        // the default is the agent's own as well, and must not win over its configuration file
        const { socket, io } = context;
        const env = socket === DEFAULT_SOCKET ? io.env : { ...io.env, SHOAL_SOCKET: socket };
        process.execve(process.execPath, [process.execPath, main, ...flags], env);
      }),
    );
};
