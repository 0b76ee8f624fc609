/** `shoal logs SERVICE`: lines of all tasks as they arrive; what a task wrote to standard error goes there. */
import { InvalidArgumentError } from 'commander';
import type { LogLine } from '../../protocol/api.ts';
import { type Context, type Sink, sayJson } from '../context.ts';
import { parseMillis } from '../duration.ts';
import { named } from '../names.ts';
import type { CommandModule } from './command.ts';

interface Options {
  follow?: boolean;
  tail?: number;
  since?: number;
}

const parseTail = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
};

const parseSince = (text: string): number => {
  const ms = parseMillis(text);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 10m or 2h.');
  return ms;
};

/** Waits while a slow reader is behind: a busy service must not fill the memory. */
const write = (sink: Sink, text: string): Promise<void> | undefined => {
  if (sink.write(`${text}\n`)) return undefined;
  return new Promise((resolve) => {
    sink.once('drain', resolve);
  });
};

const print = (context: Context, { task, host, stream, line }: LogLine): Promise<void> | undefined => {
  const { io, style, tellStyle } = context;
  const source = `${task}@${host}`;
  if (stream === 'shoal') return write(io.stderr, `shoal: ${source}: ${line}`);
  if (stream === 'stderr') return write(io.stderr, `${tellStyle.dim(`${source} |`)} ${line}`);
  return write(io.stdout, `${style.dim(`${source} |`)} ${line}`);
};

const stream = async (context: Context, service: string, { follow, tail, since }: Options): Promise<void> => {
  // the API takes a moment, milliseconds since 1970
  const query = { follow, tail, sinceMs: since === undefined ? undefined : Date.now() - since };
  for await (const line of context.logs({ params: { service }, query })) {
    if (context.json) sayJson(context, line);
    else await print(context, line);
  }
};

export const define: CommandModule['define'] = (command, act) => {
  command
    .argument('<service>', 'the service')
    .option('-f, --follow', 'go on with what comes')
    .option('--tail <lines>', 'only the last lines of each task', parseTail)
    .option('--since <duration>', 'only lines younger than this, such as 10m', parseSince)
    .action((service: string, options: Options) =>
      act((context) => named(context, ['service'], service, stream(context, service, options))),
    );
};
