/** Flags, SHOAL_* variables and a YAML file -> checked settings. Flags win over variables, variables over the file. */
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { parseArgs } from 'node:util';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { Address } from '../protocol/identity.ts';
import { LINK_LOCAL } from './dns/link-local.ts';

export class SettingsError extends Error {}

export interface Settings {
  dataDir: string;
  /** a folder that a reboot empties: the boot id lives there */
  runDir: string;
  name: string;
  labels: Record<string, string>;
  listen: Address;
  advertise: string;
  engine: string;
  socket: string;
  http: Address | null;
  dns: Address[];
  domain: string;
  logLevel: string;
}

const FLAGS = {
  config: { type: 'string', help: 'YAML file with these keys', value: 'FILE' },
  'data-dir': { type: 'string', help: 'keys and state of this host', value: 'DIR' },
  'run-dir': { type: 'string', help: 'folder that a reboot empties', value: 'DIR' },
  name: { type: 'string', help: "this host's name", value: 'NAME' },
  label: { type: 'string', multiple: true, help: 'label of this host, repeatable', value: 'K=V' },
  listen: { type: 'string', help: 'TCP and UDP of the mesh', value: 'HOST:PORT' },
  advertise: { type: 'string', help: 'address other hosts reach this one at', value: 'ADDR' },
  engine: { type: 'string', help: 'unix:///path, tcp://host:port, process: or none', value: 'URL' },
  socket: { type: 'string', help: 'where the CLI talks to this agent', value: 'PATH' },
  http: { type: 'string', help: 'health over HTTP; none switches it off', value: 'HOST:PORT' },
  dns: {
    type: 'string',
    multiple: true,
    help: 'where DNS answers, repeatable; none switches it off',
    value: 'HOST:PORT',
  },
  domain: { type: 'string', help: 'domain of the mesh', value: 'NAME' },
  'log-level': { type: 'string', help: 'debug, info, warn or error', value: 'LEVEL' },
  help: { type: 'boolean', help: 'show this', value: '' },
} as const;

const DEFAULTS = {
  'data-dir': '/var/lib/shoal',
  'run-dir': '/run/shoal',
  listen: '0.0.0.0:7946',
  engine: 'unix:///var/run/docker.sock',
  socket: '/run/shoal/shoal.sock',
  http: '127.0.0.1:7080',
  dns: [`${LINK_LOCAL}:53`, '127.0.0.1:8653'],
  domain: 'shoal.internal',
  'log-level': 'info',
};

type Raw = Record<string, string | string[] | undefined>;

export function helpText(): string {
  const lines = Object.entries(FLAGS).map(([name, { help, value }]) => {
    const fallback = name in DEFAULTS ? ` (${String(DEFAULTS[name as keyof typeof DEFAULTS])})` : '';
    return `  --${`${name} ${value}`.padEnd(22)} ${help}${fallback}`;
  });
  return [
    'Usage: shoal agent [flags]',
    '',
    ...lines,
    '',
    'Each is also a variable: --data-dir is SHOAL_DATA_DIR.',
  ].join('\n');
}

/** null: --help was asked for. Throws SettingsError with one line. */
export function readSettings(args: string[], env: NodeJS.ProcessEnv): Settings | null {
  const flags = parseFlags(args);
  if (flags['help']) return null;
  const variables = fromEnv(env);
  const file = flags['config'] ?? variables['config'];
  const raw: Raw = {
    ...DEFAULTS,
    ...(typeof file === 'string' ? fromFile(file) : {}),
    ...variables,
    ...flags,
  };
  return check(raw);
}

function parseFlags(args: string[]): Raw {
  try {
    return parseArgs({ args, options: FLAGS, strict: true, allowPositionals: false }).values as Raw;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new SettingsError(`${why}; shoal agent --help lists the flags`);
  }
}

function fromEnv(env: NodeJS.ProcessEnv): Raw {
  const found: Raw = {};
  for (const [name, flag] of Object.entries(FLAGS)) {
    const value = env[`SHOAL_${name.toUpperCase().replaceAll('-', '_')}`];
    if (value === undefined || value === '' || name === 'help') continue;
    found[name] = 'multiple' in flag ? value.split(',') : value;
  }
  return found;
}

const fileShape = z.strictObject(
  Object.fromEntries(
    Object.keys(FLAGS)
      .filter((n) => !['help', 'config'].includes(n))
      .map((name) => [
        name,
        z.union([z.string(), z.number().transform(String), z.array(z.string())]).optional(),
      ]),
  ),
);

function fromFile(path: string): Raw {
  if (!existsSync(path)) throw new SettingsError(`--config ${path}: there is no such file`);
  try {
    return fileShape.parse(parseYaml(readFileSync(path, 'utf8')) ?? {}) as Raw;
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    const where = issue ? `${issue.path.join('.')} ${issue.message}` : String(error).split('\n')[0];
    throw new SettingsError(`--config ${path}: ${where}`);
  }
}

function check(raw: Raw): Settings {
  const one = (key: string): string => {
    const value = raw[key];
    return Array.isArray(value) ? (value.at(-1) ?? '') : (value ?? '');
  };
  const many = (key: string): string[] => [raw[key] ?? []].flat();
  const listen = listenAddress(one('listen'));
  return {
    dataDir: one('data-dir'),
    runDir: one('run-dir'),
    name: checkName(one('name') || hostname()),
    labels: Object.fromEntries(many('label').map(label)),
    listen,
    advertise: checkAdvertised(one('advertise') || ownAddress(listen.address)),
    engine: one('engine'),
    socket: one('socket'),
    http: one('http') === 'none' ? null : address('--http', one('http')),
    dns: many('dns').includes('none') ? [] : many('dns').map((text) => address('--dns', text)),
    domain: checkDomain(one('domain')),
    logLevel: oneOf('--log-level', one('log-level'), ['debug', 'info', 'warn', 'error', 'silent']),
  };
}

function address(flag: string, text: string): Address {
  const match = /^(.+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match?.[1] || port > 65_535)
    throw new SettingsError(`${flag} ${text}: write HOST:PORT, such as 0.0.0.0:7946`);
  return { address: match[1].replace(/^\[(.*)\]$/, '$1'), port };
}

/** Heartbeats never ask DNS, and others dial the very port that is written here. */
function listenAddress(text: string): Address {
  const listen = address('--listen', text);
  if (isIP(listen.address) !== 0 && listen.port > 0) return listen;
  throw new SettingsError(
    `--listen ${text}: write a numeric address and a port above 0, such as 0.0.0.0:7946`,
  );
}

function checkAdvertised(text: string): string {
  if (isIP(text) !== 0 && text !== '0.0.0.0' && text !== '::') return text;
  throw new SettingsError(
    `--advertise ${text}: give the numeric address other hosts reach this one at, without a port`,
  );
}

function label(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new SettingsError(`--label ${text}: write KEY=VALUE, such as disk=ssd`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function checkName(name: string): string {
  if (/^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/.test(name)) return name;
  throw new SettingsError(
    `--name ${name}: use letters, digits and '-', at most 63 characters (it becomes a DNS name)`,
  );
}

function checkDomain(domain: string): string {
  const trimmed = domain.replace(/\.$/, '').toLowerCase();
  const isMulti = trimmed.split('.').length >= 2;
  if (isMulti && trimmed.split('.').every((part) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(part)))
    return trimmed;
  throw new SettingsError(`--domain ${domain}: give a domain of at least two labels, such as shoal.internal`);
}

function oneOf(flag: string, value: string, allowed: string[]): string {
  if (allowed.includes(value)) return value;
  throw new SettingsError(`${flag} ${value}: choose one of ${allowed.join(', ')}`);
}

/** The address others most likely reach us at: the one we listen on, else the first that is not loopback. */
function ownAddress(listen: string): string {
  if (listen !== '0.0.0.0' && listen !== '::') return listen;
  for (const entries of Object.values(networkInterfaces())) {
    const found = entries?.find((entry) => !entry.internal && entry.family === 'IPv4');
    if (found && !found.address.startsWith('169.254.')) return found.address;
  }
  return '127.0.0.1';
}
