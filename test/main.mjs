/** `npm test`: set-up on any Node from 20 on, then all checks and tests under the project's own. */
import { ensureDependencies, runMain, runScript } from '../cli/setup.mjs';

await runMain('npm test', async () => {
  await ensureDependencies((line) => process.stdout.write(`${line}\n`));
  return runScript('test/all.ts', process.argv.slice(2));
});
