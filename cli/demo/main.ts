/** The demo, under the project's own Node: raise, deploy, then tell the story or stay; take everything away. */
import { join } from 'node:path';
import type { Io } from '../context.ts';
import { EXIT } from '../failure.ts';
import { run as shoal } from '../main.ts';
import { span } from '../output.ts';
import { formMesh, lastWarnings, ROOT, startAgents } from './agents.ts';
import { chooseEngine, type Engine } from './engine.ts';
import { type Flags, HELP, readFlags } from './flags.mjs';
import { ensureImage, IMAGE } from './image.ts';
import { clearRun } from './power.ts';
import { COMPOSE, createRun, type Host, NAMES, type Run, staleRuns } from './run.ts';
import { stay } from './stay.ts';
import { createStep, type Step } from './steps.ts';
import { tellStory } from './story.ts';
import { textOf } from './wait.ts';

const WARNINGS = 5;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const complain = (line: string): void => {
  process.stderr.write(`npm start: ${line}\n`);
};

/** Aborts at the first signal; later ones find it aborted: taking away what was made goes on to its end. */
const untilSignalled = (): AbortSignal => {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort(signal));
  return stop.signal;
};

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

const demo = async (flags: Flags, signal: AbortSignal): Promise<number> => {
  await sweep();
  const engine = await chooseEngine(flags.engine, process.env);
  say(`three agents on this machine, each a host: ${NAMES.join(', ')}; engine: ${engine.note}`);
  const started = performance.now();
  const run = createRun(engine.url);
  const step = createStep(process.stdout, signal);
  let code: number = EXIT.failed;
  try {
    await Promise.race([play(flags, run, engine, step, signal), untilAborted(signal)]);
    code = EXIT.done;
  } catch (error) {
    if (signal.aborted) code = flags.once ? EXIT.failed : EXIT.done;
    else explain(run, error);
  } finally {
    if (signal.aborted) say(`\n${signal.reason}: taking everything away`);
    await createStep(process.stdout)('clean up', () =>
      clearRun(run).then(() => `agents, containers and ${run.dir} are gone`),
    );
  }
  if (flags.once)
    say(code === EXIT.done ? `every step passed, ${span(performance.now() - started)}` : 'the story failed');
  return code;
};

const play = async (
  flags: Flags,
  run: Run,
  engine: Engine,
  step: Step,
  signal: AbortSignal,
): Promise<void> => {
  await step('raise', async () => {
    await startAgents(run, signal, tellEnd);
    return `${run.hosts.length} agents answer`;
  });
  await step('mesh', async () => {
    await formMesh(run, signal);
    return `${NAMES[0]} made it, the others joined by its invite, each sees all`;
  });
  const { docker } = engine;
  if (docker) await step('image', async () => `${IMAGE} ${await ensureImage(docker)}`);
  // in the image the server lies where the compose file says; the process engine runs it from the repository
  const variables: Record<string, string> = docker ? {} : { SHOAL_DEMO_DIR: join(ROOT, 'cli', 'demo') };
  await step('deploy', () => deploy(run, variables));
  if (flags.once) await tellStory(run, step, signal);
  else await stay(run, variables, process.stdout, signal);
};

const deploy = async (run: Run, variables: Record<string, string>): Promise<string> => {
  const said: string[] = [];
  const sink = { write: (text: string) => said.push(text) > 0, once: () => undefined };
  const env = { ...process.env, ...variables, SHOAL_SOCKET: run.hosts[0]?.socket };
  const io: Io = { stdout: sink, stderr: sink, env, cwd: ROOT };
  const code = await shoal(['deploy', '-f', COMPOSE], io);
  if (code !== EXIT.done) throw new Error(`shoal deploy -f ${COMPOSE} failed:\n${said.join('').trim()}`);
  return `shoal deploy -f ${COMPOSE}: ${said.join('').trim().split('\n').at(-1)}`;
};

/** What runs that crashed have left behind. */
const sweep = async (): Promise<void> => {
  for (const run of staleRuns()) {
    await clearRun(run);
    say(`took away what an earlier run had left: ${run.dir}`);
  }
};

/** An agent that ends without being told to: by the person who plays, or by a fault. */
const tellEnd = (host: Host): void => {
  if (!host.powered) return;
  const [last] = lastWarnings(host, 1);
  say(
    `${host.name}'s agent has ended${last === undefined ? '' : `: ${last}`}; see it from another: shoal hosts`,
  );
};

const explain = (run: Run, error: unknown): void => {
  complain(textOf(error));
  for (const host of run.hosts) {
    for (const line of lastWarnings(host, WARNINGS)) complain(`${host.name}'s log: ${line}`);
  }
};

const main = async (): Promise<number> => {
  let flags: Flags;
  try {
    flags = readFlags(process.argv.slice(2));
  } catch (error) {
    complain(textOf(error));
    return EXIT.usage;
  }
  if (flags.help) {
    say(HELP);
    return EXIT.done;
  }
  return demo(flags, untilSignalled());
};

try {
  process.exitCode = await main();
} catch (error) {
  complain(textOf(error));
  process.exitCode = EXIT.failed;
}
