/** The command line: finds the command, loads it alone, runs it, and turns how it ended into an exit code. */
import { Command, CommanderError } from 'commander';
import type { Act, CommandEntry } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import { createContext, type GlobalOptions, type Io } from './context.ts';
import { CommandError, EXIT, UsageError } from './failure.ts';
import { hint } from './nearest.ts';

const DESCRIPTION = 'Containers on many Docker hosts, and no master.';

/** Global options are accepted before and after the command. */
const addGlobals = (command: Command, globals: GlobalOptions): void => {
  command.option('--socket <path>', "the agent's socket; also SHOAL_SOCKET");
  command.option('--json', 'print one JSON document instead of tables');
  command.on('option:socket', (path: string) => {
    globals.socket = path;
  });
  command.on('option:json', () => {
    globals.json = true;
  });
};

const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

const createProgram = (io: Io, globals: GlobalOptions, act: Act): Command => {
  const program = new Command('shoal').description(DESCRIPTION).enablePositionalOptions().exitOverride();
  program.configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    outputError: (text, write) => write(text.replace(/^error: /, 'shoal: ')),
  });
  addGlobals(program, globals);
  const entries: Record<string, CommandEntry> = COMMANDS;
  for (const [name, { summary }] of Object.entries(entries))
    program.command(name).summary(summary).description(summary);
  program.hook('preSubcommand', async (_, command) => {
    const module = await entries[command.name()]?.load();
    module?.define(command, act);
    // the agent's own flags are none of ours
    if (command.name() !== 'agent') for (const leaf of leavesOf(command)) addGlobals(leaf, globals);
  });
  return program;
};

/** One line for a person on standard error; with --json the same as `{ error }` on standard output. */
const explain = (io: Io, error: CommandError | UsageError, globals: GlobalOptions): number => {
  io.stderr.write(`shoal: ${error.message}\n`);
  if (!(error instanceof CommandError)) return EXIT.usage;
  const { code, message } = error;
  if (globals.json) io.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  return EXIT.failed;
};

const unknownCommand = (name: string): UsageError =>
  new UsageError(
    `there is no command '${name}'${hint(name, Object.keys(COMMANDS))}; \`shoal --help\` lists them`,
  );

/** Runs one command line (without node and script) and answers its exit code. Throws only for faults of its own. */
export const run = async (args: readonly string[], io: Io): Promise<number> => {
  const globals: GlobalOptions = {};
  let code: number = EXIT.done;
  const program = createProgram(io, globals, async (job) => {
    code = (await job(createContext(io, globals))) ?? EXIT.done;
  });
  program.on('command:*', ([name = '']: string[]) => {
    throw unknownCommand(name);
  });
  try {
    // commander would print the help of a command before its module is loaded
    const isHelp = args[0] === 'help' && args.length > 1;
    await program.parseAsync(isHelp ? [...args.slice(1), '--help'] : args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof CommandError || error instanceof UsageError) return explain(io, error, globals);
    throw error;
  }
};

/** A reader that has seen enough (`shoal ps | head`) is no failure. */
const endQuietlyOnClosedPipe = (stream: NodeJS.WriteStream): void => {
  stream.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
};

if (import.meta.main) {
  endQuietlyOnClosedPipe(process.stdout);
  endQuietlyOnClosedPipe(process.stderr);
  const { stdout, stderr, env } = process;
  process.exitCode = await run(process.argv.slice(2), { stdout, stderr, env, cwd: process.cwd() });
}
