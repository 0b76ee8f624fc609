/** Runs a script: every command in order, its output beside the expected one. */
import { COMMANDS } from './commands/index.ts';
import { parseArgs, parseScript, printScript } from './parse.ts';
import { createSession, noteNames, type Session } from './session.ts';

/** The script's text with the outputs that its commands really gave. */
export function runScript(text: string, file: string): string {
  const script = parseScript(text);
  const session = createSession();
  for (const part of script.parts) {
    if (part.kind === 'prose') continue;
    part.output = part.commands.flatMap((command, at) =>
      runCommand(session, command, `${file}:${part.line + at}`),
    );
  }
  return printScript(script);
}

function runCommand(session: Session, line: string, place: string): string[] {
  const args = parseArgs(line);
  const name = args.words.shift() ?? '';
  const command = COMMANDS.get(name);
  if (!command) throw new Error(`${place}: no command is named '${name}': see README.md`);
  try {
    const output = command(session, args);
    noteNames(session);
    return Array.isArray(output) ? output : [];
  } catch (error) {
    throw new Error(`${place}: ${line}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}
