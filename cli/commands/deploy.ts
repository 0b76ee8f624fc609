/** `shoal deploy [-f FILE]... [STACK]`: translates compose files, hands them over, and waits until they run. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import type { DeployResult } from '../../protocol/api.ts';
import { ComposeError, type Remark } from '../compose/report.ts';
import { type Context, sayJson, show } from '../context.ts';
import { type Standing, type Wanted, waitForServices } from '../converge.ts';
import { parseMillis } from '../duration.ts';
import { CommandError, EXIT, UsageError } from '../failure.ts';
import { span, table } from '../output.ts';
import { createProgress } from '../progress.ts';
import { type CommandModule, collect } from './command.ts';
import { taskTable } from './ps.ts';

interface Options {
  file?: string[];
  timeout: number;
  detach?: boolean;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Compose's own order of names. */
const DEFAULT_FILES = ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'];

const parseTimeout = (text: string): number => {
  const ms = parseMillis(/^\d+$/.test(text) ? `${text}s` : text);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 90s or 2m.');
  return ms;
};

const chooseFiles = (context: Context, given: string[] | undefined): string[] => {
  if (given) return given;
  const found = DEFAULT_FILES.find((name) => existsSync(join(context.io.cwd, name)));
  if (!found)
    throw new UsageError(`there is no ${DEFAULT_FILES.join(', ')} in this folder; name a file by -f FILE`);
  return [found];
};

/** The parser is heavy: only a deployment pays for it. */
const load = async (context: Context, files: string[], stack: string | undefined) => {
  const { loadCompose, stackFault } = await import('../compose/load.ts');
  const fault = stack === undefined ? undefined : stackFault(stack);
  if (fault !== undefined) throw new UsageError(fault);
  try {
    return loadCompose({ files, stack, cwd: context.io.cwd, env: context.io.env });
  } catch (error) {
    if (error instanceof ComposeError) throw new CommandError({ code: 'BAD_SPEC', message: error.message });
    throw error;
  }
};

/** Each remark once, though several services may share the line by an anchor. */
const tellNotes = (context: Context, notes: readonly Remark[]): void => {
  const lines = notes.map(({ at, key, message }) => `${at.file}:${at.line}: ${key}: ${message}`);
  for (const line of new Set(lines)) context.tell(`note: ${line}`);
};

const resultTable = (context: Context, results: readonly DeployResult[]): string => {
  const rows = results.map(({ service, result, changed }) => [service, result, changed.join(', ')]);
  return table(['service', 'result', 'changed'], rows, context.style);
};

const standingLine = ({ name, running, desired, update }: Standing): string =>
  `${name}: ${running} of ${desired} run${update === null ? '' : `, the update is ${update}`}`;

const sayEnd = (
  context: Context,
  standings: readonly Standing[],
  isDone: boolean,
  waitedMs: number,
): void => {
  if (isDone) {
    const count = standings.reduce((sum, { running }) => sum + running, 0);
    context.say(context.style.good(`all ${count} tasks run`));
    return;
  }
  const late = standings.filter((standing) => !standing.isDone);
  const troubled = late.flatMap((standing) => standing.troubled);
  if (troubled.length > 0) context.say(taskTable(troubled, context));
  context.tell(`shoal: not everything runs after ${span(waitedMs)}: ${late.map(standingLine).join('; ')}`);
  if (troubled[0])
    context.tell(`\`shoal why ${troubled[0].name}\` says more; what is deployed stays and is tried further`);
};

const wait = async (context: Context, wanted: Wanted[], timeoutMs: number) => {
  const progress = createProgress(context.io, standingLine);
  const start = performance.now();
  try {
    const standings = await waitForServices(context, wanted, timeoutMs, progress.show);
    return {
      standings,
      isDone: standings.every(({ isDone }) => isDone),
      waitedMs: performance.now() - start,
    };
  } finally {
    progress.clear();
  }
};

const deploy = async (context: Context, stackName: string | undefined, options: Options): Promise<number> => {
  const { stack, services, notes } = await load(context, chooseFiles(context, options.file), stackName);
  tellNotes(context, notes);
  const envelope = await context.call('POST /deploy', { body: { stack, services } });
  if (!context.json || options.detach) show(context, envelope, (results) => resultTable(context, results));
  if (options.detach) return EXIT.done;
  const wanted = services.flatMap((spec): Wanted[] => {
    const result = envelope.data.find(({ service, result }) => service === spec.Name && result !== 'removed');
    return result ? [{ result, spec }] : [];
  });
  const { standings, isDone, waitedMs } = await wait(context, wanted, options.timeout);
  if (context.json)
    sayJson(context, { ...envelope, converged: isDone, tasks: standings.flatMap((s) => s.troubled) });
  else sayEnd(context, standings, isDone, waitedMs);
  return isDone ? EXIT.done : EXIT.failed;
};

export const define: CommandModule['define'] = (command, act) => {
  command
    .argument('[stack]', "name of the stack; else `name:` of the file, else the folder's name")
    .option('-f, --file <file>', 'compose file, - for standard input; later files win (repeatable)', collect)
    .addOption(
      new Option('--timeout <duration>', 'how long to wait until all tasks run')
        .argParser(parseTimeout)
        .default(DEFAULT_TIMEOUT_MS, '60s'),
    )
    .option('-d, --detach', 'do not wait')
    .action((stack: string | undefined, options: Options) =>
      act((context) => deploy(context, stack, options)),
    );
};
