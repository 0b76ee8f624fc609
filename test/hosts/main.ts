// The command for playing with a bed by hand: npm run hosts -- up 5
import { existsSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { attachBed, type Bed, environmentOf, prepareImages, raiseBed } from './bed.ts';
import { formMesh } from './mesh.ts';
import { initPidOf, runOnTerminal } from './power.ts';
import { setUp } from './setup.ts';
import { bedDir, load } from './state.ts';
import { tearDown } from './teardown.ts';

const HINTS = `try:
  npm run hosts -- ps                    what every host does
  npm run hosts -- in 2 docker ps        a command inside host 2; no command: a shell
  npm run hosts -- kill 3                power loss; raise 3 brings it back
  npm run hosts -- partition 1,2 3,4,5   nobody hears the other side; heal ends it
  npm run hosts -- down                  takes all of it down`;

const program = new Command('npm run hosts --')
  .description('Real Docker hosts on this machine, joined by cables that can be pulled.')
  .option('--name <bed>', 'which bed', 'shoal')
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'hosts: ')) });

const bedName = (): string => String(program.opts().name);
const bed = (): Bed => attachBed(bedName());

/** A host's number, as `3` or `h3`. */
function number(text: string): number {
  const found = /^h?([1-9]\d?)$/.exec(text)?.[1];
  if (found === undefined) throw new UsageError(`'${text}' is no host: give its number, as 3`);
  return Number(found);
}

/** What was typed is wrong: exit code 2. */
class UsageError extends Error {}

program
  .command('up')
  .argument('[hosts]', 'how many', '5')
  .option('--no-agents', 'engines only')
  .description('raise hosts, each with an agent, in one mesh')
  .action(async (count: string, { agents }: { agents: boolean }) => {
    if (existsSync(`${bedDir(bedName())}/bed.json`)) {
      throw new Error(`bed ${bedName()} is up: take it down first, or give --name NAME before 'up'`);
    }
    const ready = await setUp(console.log);
    if (!ready.ok) throw new Error(ready.why);
    const started = performance.now();
    const raised = await raiseBed({ name: bedName(), hosts: number(count), agents });
    await prepareImages(raised);
    if (agents) await formMesh(raised);
    console.log(`${count} hosts up in ${((performance.now() - started) / 1000).toFixed(1)} s\n${HINTS}`);
  });

program
  .command('in')
  .argument('<host>')
  .argument('[command...]', 'a shell unless given')
  .passThroughOptions()
  .description('run a command inside a host')
  .action(async (text: string, command: string[]) => {
    const index = number(text);
    const argv = command.length > 0 ? command : ['bash'];
    const env = environmentOf(bed().host(index));
    process.exitCode = await runOnTerminal(initPidOf(load(bedName()), index), argv, env);
  });

program
  .command('kill')
  .argument('<host>')
  .description('power loss')
  .action((text: string) => bed().kill(number(text)));

program
  .command('raise')
  .argument('<host>')
  .option('--address <address>', 'come back at another address of the subnet')
  .description('power on again')
  .action((text: string, options: { address?: string }) => bed().raise(number(text), options));

program
  .command('cut')
  .argument('<host>')
  .description('pull the cable')
  .action((text: string) => bed().cut(number(text)));

program
  .command('heal')
  .argument('[host]', 'plug in its cable; without: all cables, no partition, no losses')
  .description('mend the network')
  .action((text?: string) => (text === undefined ? bed().healAll() : bed().heal(number(text))));

program
  .command('partition')
  .argument('<groups...>', 'as 1,2 3,4,5; hosts that share no group do not hear each other')
  .description('split the network')
  .action((groups: string[]) => bed().partition(groups.map((group) => group.split(',').map(number))));

program
  .command('loss')
  .argument('<host>')
  .argument('<probability>', '0 to 1')
  .description('lose packets that arrive at a host')
  .action((text: string, probability: string) => bed().loss(number(text), Number(probability)));

const agentActions = {
  start: (index: number) => bed().startAgent(index),
  stop: (index: number) => bed().stopAgent(index),
  kill: (index: number) => bed().stopAgent(index, 'SIGKILL'),
  freeze: (index: number) => bed().freeze(index),
  thaw: (index: number) => bed().thaw(index),
};

program
  .command('agent')
  .argument('<host>')
  .argument('<action>', Object.keys(agentActions).join(' | '))
  .description('the agent alone; containers stay')
  .action((text: string, action: string) => {
    const found = Object.entries(agentActions).find(([name]) => name === action)?.[1];
    if (!found) throw new UsageError(`'${action}': use one of ${Object.keys(agentActions).join(', ')}`);
    return found(number(text));
  });

program.command('ps').description('what every host does').action(printStatus);

program
  .command('down')
  .description('end and delete all of it')
  .action(() => tearDown(bedName()));

program
  .command('setup')
  .description('install what real hosts need')
  .action(async () => {
    const ready = await setUp(console.log);
    if (!ready.ok) throw new Error(ready.why);
    console.log('ready');
  });

async function printStatus(): Promise<void> {
  const rows = bed()
    .status()
    .map(async ({ host, on, cut, loss, agentPid }) => {
      const running = on ? (await bed().docker(host.index, 'ps', '--quiet')).stdout.trim().split('\n') : [];
      const cable = [cut ? 'out' : 'in', ...(loss > 0 ? [`loses ${loss}`] : [])].join(', ');
      const agent = agentPid === undefined ? '-' : String(agentPid);
      return [
        host.name,
        host.address,
        on ? 'on' : 'off',
        cable,
        agent,
        String(running.filter(Boolean).length),
      ];
    });
  const table = [['HOST', 'ADDRESS', 'POWER', 'CABLE', 'AGENT', 'CONTAINERS'], ...(await Promise.all(rows))];
  for (const row of table)
    console.log(
      row
        .map((cell) => cell.padEnd(15))
        .join('')
        .trimEnd(),
    );
  const { groups } = load(bedName());
  if (groups.length > 0) console.log(`partition: ${groups.map((group) => group.join(',')).join(' | ')}`);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    console.error(`hosts: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
