/** `shoal invite`: the invite alone goes to standard output, so that scripts can pass it on. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { sayJson, tellFreshness } from '../context.ts';
import { parseMillis } from '../duration.ts';
import type { CommandModule } from './command.ts';

interface Options {
  role?: 'operator' | 'worker';
  expires?: number;
  uses?: number;
}

const parseExpiry = (text: string): number => {
  const ms = parseMillis(text);
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('Expected a duration such as 24h or 7d.');
  return ms;
};

const parseUses = (text: string): number => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number, 1 or more.');
  return Number(text);
};

const addOptions = (command: Command): Command =>
  command
    .addOption(new Option('--role <role>', 'what the new host may do').choices(['operator', 'worker']))
    .option('--expires <duration>', 'how long the invite is good, such as 24h', parseExpiry)
    .option('--uses <number>', 'how many hosts may use it (a note: not enforced yet)', parseUses);

export const define: CommandModule['define'] = (command, act) => {
  addOptions(command).action(({ role, expires, uses }: Options) =>
    act(async (context) => {
      const envelope = await context.call('POST /invite', { body: { role, expiresMs: expires, uses } });
      if (context.json) return sayJson(context, envelope);
      context.say(envelope.data.invite);
      context.tell('on the new host, where an agent runs: shoal join INVITE');
      tellFreshness(context, envelope.freshness);
    }),
  );
};
