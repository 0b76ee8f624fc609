/** The command line of `npm run sim`, as one request; anything else is a UsageError of one line. */
import { parseArgs } from 'node:util';
import type { PlanOptions } from '../plan.ts';

export const USAGE = `npm run sim -- SEED            one seed: its options, phases, result and timeline
npm run sim -- --seeds N       many seeds in brief, from --from S on (1 by default)
npm run sim -- --long [M]      as many seeds as M minutes allow (60 by default)
npm run sim -- --scenario NAME one named scenario: a file of test/script
npm run sim -- replay FILE     a recording: its phases, result and timeline
npm run sim -- shrink SEED     the smallest recording that fails as the seed does; or of a recording, shrink FILE

  --hosts N        so many hosts instead of what the seed says
  --minutes M      faults for so many virtual minutes instead of what the seed says
  --jobs N         seeds played side by side (default: 2)
  --html FILE      a page with timeline, hosts, links and slots over time
  --verbose        every message in full
  --digests        with --seeds: one line SEED DIGEST for each
  --no-shrink      a failing seed is only named`;

export class UsageError extends Error {}

export interface Common {
  options: PlanOptions;
  html: string | null;
  verbose: boolean;
  shrinks: boolean;
}

export type Request = Common &
  (
    | { do: 'help' }
    | { do: 'one'; seed: number }
    | { do: 'many'; from: number; seeds: number; jobs: number; digests: boolean }
    | { do: 'long'; from: number; minutes: number; jobs: number }
    | { do: 'scenario'; name: string }
    | { do: 'replay'; file: string }
    | { do: 'shrink'; target: string }
  );

const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  seeds: { type: 'string' },
  from: { type: 'string' },
  long: { type: 'string' },
  scenario: { type: 'string' },
  hosts: { type: 'string' },
  minutes: { type: 'string' },
  jobs: { type: 'string' },
  html: { type: 'string' },
  verbose: { type: 'boolean' },
  digests: { type: 'boolean' },
  'no-shrink': { type: 'boolean' },
} as const;

const LONG_MINUTES = '60';
const DEFAULT_JOBS = 2;
const MAX_HOSTS = 200;

export function parseRequest(args: readonly string[]): Request {
  const { values, positionals } = split(args);
  const common: Common = {
    options: {
      ...(values.hosts !== undefined && { hosts: whole('--hosts', values.hosts, 1, MAX_HOSTS) }),
      ...(values.minutes !== undefined && {
        chaosMs: Math.round(positive('--minutes', values.minutes) * 60_000),
      }),
    },
    html: values.html ?? null,
    verbose: values.verbose ?? false,
    shrinks: !values['no-shrink'],
  };
  const from = values.from === undefined ? 1 : whole('--from', values.from, 0);
  const jobs = values.jobs === undefined ? DEFAULT_JOBS : whole('--jobs', values.jobs, 1, 64);
  const chosen = [values.seeds, values.long, values.scenario, positionals[0]].filter(
    (word) => word !== undefined,
  );
  if (values.help || args.length === 0) return { ...common, do: 'help' };
  if (chosen.length > 1)
    throw new UsageError(`choose one of SEED, --seeds, --long, --scenario, replay and shrink`);
  refuseUnfit(values, positionals);
  if (values.seeds !== undefined) {
    const seeds = whole('--seeds', values.seeds, 1);
    return { ...common, do: 'many', from, seeds, jobs, digests: values.digests ?? false };
  }
  if (values.long !== undefined)
    return { ...common, do: 'long', from, minutes: positive('--long', values.long), jobs };
  if (values.scenario !== undefined) return { ...common, do: 'scenario', name: values.scenario };
  return { ...common, ...ofWords(positionals) };
}

type Words = { do: 'one'; seed: number } | { do: 'replay'; file: string } | { do: 'shrink'; target: string };

function ofWords([first = '', second, ...rest]: string[]): Words {
  if (rest.length > 0) throw new UsageError(`'${rest[0]}' is one word too many`);
  if (first === 'replay' || first === 'shrink') {
    if (second === undefined)
      throw new UsageError(`${first} needs a ${first === 'replay' ? 'FILE' : 'SEED or a FILE'}`);
    return first === 'replay' ? { do: 'replay', file: second } : { do: 'shrink', target: second };
  }
  if (second !== undefined)
    throw new UsageError(`'${second}' is one word too many: for many seeds say --seeds N --from S`);
  return { do: 'one', seed: whole('SEED', first, 0) };
}

function split(args: readonly string[]): { values: Values; positionals: string[] } {
  // an optional value, which the parser does not know
  const full = args.flatMap((word, i) =>
    word === '--long' && !/^\d/.test(args[i + 1] ?? '') ? ['--long', LONG_MINUTES] : [word],
  );
  try {
    return parseArgs({ args: full, options: FLAGS, allowPositionals: true, strict: true });
  } catch (error) {
    const [line = ''] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new UsageError(line);
  }
}

type Values = { [K in keyof typeof FLAGS]?: (typeof FLAGS)[K]['type'] extends 'boolean' ? boolean : string };

/** Flags that would be without effect are a mistake, never ignored. */
function refuseUnfit(values: Values, positionals: string[]): void {
  const isMany = values.seeds !== undefined || values.long !== undefined;
  const isFile = values.scenario !== undefined || positionals[0] === 'replay';
  const unfit: [boolean, (keyof Values)[], string][] = [
    [!isMany, ['from', 'jobs'], 'goes with --seeds or --long'],
    [values.seeds === undefined, ['digests'], 'goes with --seeds'],
    [isMany, ['verbose', 'html'], 'goes with one seed, replay, shrink or --scenario'],
    [isFile, ['hosts', 'minutes'], 'is fixed by the recording'],
  ];
  for (const [applies, names, why] of unfit) {
    const found = names.find((name) => applies && values[name] !== undefined);
    if (found) throw new UsageError(`--${found} ${why}`);
  }
}

function whole(name: string, word: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const number = Number(word);
  if (/^\d+$/.test(word) && number >= least && number <= most) return number;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`;
  throw new UsageError(`${name}: '${word}' is no whole number ${range}`);
}

function positive(name: string, word: string): number {
  const number = Number(word);
  if (/^\d+(\.\d+)?$/.test(word) && number > 0) return number;
  throw new UsageError(`${name}: '${word}' is no number of minutes above 0`);
}
