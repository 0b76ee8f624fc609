/** `shoal version`: needs no agent; without one it says so after the program's own version. */
import { readFileSync } from 'node:fs';
import type { Ping } from '../../protocol/api.ts';
import { type Context, sayJson } from '../context.ts';
import { CommandError } from '../failure.ts';
import type { CommandModule } from './command.ts';

const DEADLINE_MS = 1_000;

/** The version in package.json. */
const ownVersion = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? 'unknown';
};

const askAgent = async (context: Context): Promise<Ping | CommandError> => {
  try {
    return (await context.call('GET /ping', { deadlineMs: DEADLINE_MS })).data;
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
};

const agentLine = (agent: Ping | CommandError): string => {
  if (agent instanceof CommandError) return `agent: ${agent.message}`;
  return `agent ${agent.version} on ${agent.host}, ${agent.mesh === null ? 'in no mesh yet' : `mesh ${agent.mesh}`}`;
};

export const define: CommandModule['define'] = (command, act) => {
  command.action(() =>
    act(async (context) => {
      const version = ownVersion();
      const agent = await askAgent(context);
      if (context.json) {
        sayJson(context, { data: { version, agent: agent instanceof CommandError ? null : agent } });
        return;
      }
      context.say(`shoal ${version}`);
      context.say(context.style.dim(agentLine(agent)));
    }),
  );
};
