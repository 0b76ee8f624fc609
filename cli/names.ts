/** Names of things: when the agent knows none of that name, say which one was probably meant. */
import type { Context } from './context.ts';
import { CommandError } from './failure.ts';
import { hint } from './nearest.ts';

export type Named = 'service' | 'host' | 'stack' | 'task';

const LISTS: Record<Named, (context: Context) => Promise<string[]>> = {
  service: async (context) => (await context.call('GET /services', {})).data.map(({ name }) => name),
  host: async (context) => (await context.call('GET /hosts', {})).data.map(({ name }) => name),
  task: async (context) => (await context.call('GET /tasks', {})).data.map(({ name }) => name),
  stack: async (context) =>
    (await context.call('GET /services', {})).data
      .map(({ stack }) => stack)
      .filter((stack) => stack !== null),
};

/** The error of an unknown name, with the nearest known one; an agent that fails meanwhile adds nothing. */
const notFound = async (
  context: Context,
  kinds: readonly Named[],
  name: string,
  message: string,
): Promise<CommandError> => {
  const lists = await Promise.all(kinds.map((kind) => LISTS[kind](context).catch(() => [])));
  return new CommandError({ code: 'NOT_FOUND', message: `${message}${hint(name, lists.flat())}` });
};

/** Awaits a call about `name`; its NOT_FOUND gets the nearest known name of these kinds. */
export const named = async <T>(
  context: Context,
  kinds: readonly Named[],
  name: string,
  answer: Promise<T>,
): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== 'NOT_FOUND') throw error;
    // the agent knows the names too, and may have said it already
    if (error.message.includes('did you mean')) throw error;
    throw await notFound(context, kinds, name, error.message);
  }
};
