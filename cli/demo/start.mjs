/** `npm start`: set-up on any Node from 20 on, then the demo under the project's own. */
import { ensureDependencies, runMain, runScript } from '../setup.mjs';
import { HELP, readFlags } from './flags.mjs';

const say = (line) => process.stdout.write(`${line}\n`);

await runMain('npm start', async () => {
  const args = process.argv.slice(2);
  try {
    if (readFlags(args).help) {
      say(HELP);
      return 0;
    }
  } catch (error) {
    process.stderr.write(`npm start: ${error.message}\n`);
    return 2;
  }
  await ensureDependencies(say);
  return runScript('cli/demo/main.ts', args);
});
