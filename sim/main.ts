/** `npm run sim`: exit code 0 when every invariant held, 1 when one was broken, 2 when it was called wrongly. */
import { parseRequest, type Request, USAGE, UsageError } from './command/arguments.ts';
import { runMany } from './command/many.ts';
import { runFile, runScenario, runSeed, runShrink } from './command/one.ts';
import { say } from './command/show.ts';

function serve(request: Request): boolean | Promise<boolean> {
  const { options, shrinks } = request;
  switch (request.do) {
    case 'help':
      say(USAGE);
      return true;
    case 'one':
      return runSeed(request.seed, request);
    case 'many':
      return runMany({ ...request, options, shrinks, minutes: null, needsAllCounters: false });
    case 'long':
      return runMany({ ...request, options, shrinks, seeds: null, digests: false, needsAllCounters: true });
    case 'scenario':
      return runScenario(request.name, request);
    case 'replay':
      return runFile(request.file, request);
    case 'shrink':
      return runShrink(request.target, request);
  }
}

try {
  process.exitCode = (await serve(parseRequest(process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`npm run sim: ${error.message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
