/** Compose files -> the services to deploy. The one entrance of this folder. */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { ServiceSpec } from '../../protocol/spec.ts';
import { convertService } from './convert.ts';
import { parseDotenv } from './dotenv.ts';
import type { ProjectDraft, ServiceDraft } from './draft.ts';
import type { Lookup } from './interpolate.ts';
import { readKeys } from './keys/key.ts';
import { isReserved, TOP_KEYS } from './keys/top.ts';
import { mergeProjects } from './merge.ts';
import type { Position } from './position.ts';
import { ComposeError, createReport, problem, type Remark, type Report } from './report.ts';
import { parseTree } from './tree.ts';

export interface LoadOptions {
  /** in the order of the command line; `-` is standard input */
  files: string[];
  /** wins over the `name:` of the files */
  stack?: string;
  cwd: string;
  /** the caller's environment */
  env: Readonly<Record<string, string | undefined>>;
}

export interface Loaded {
  stack: string;
  /** in the order of the files */
  services: ServiceSpec[];
  notes: Remark[];
}

const SERVICE_NAME_MAX = 63;
const STDIN = 0;

const startOf = (file: string): Position => ({ file, line: 1, column: 1 });

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** The file's text; undefined, and a problem, when it cannot be read. */
const readSource = (path: string | typeof STDIN, file: string, report: Report): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problem(report, startOf(file), '', isMissing(error) ? 'no such file' : `cannot be read: ${reason}`);
    return undefined;
  }
};

/** The caller's environment first, then the `.env` beside the first file. */
const createLookup = (folder: string, options: LoadOptions, report: Report): Lookup => {
  const outer: Lookup = (name) => options.env[name];
  const path = join(folder, '.env');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (!isMissing(error)) problem(report, startOf(path), '', `cannot be read: ${String(error)}`);
    return outer;
  }
  const values = parseDotenv(relative(options.cwd, path), text, outer, report);
  return (name) => outer(name) ?? values.get(name);
};

const loadFile = (
  path: string | typeof STDIN,
  file: string,
  lookup: Lookup,
  report: Report,
): ProjectDraft => {
  const draft: ProjectDraft = { services: new Map() };
  const text = readSource(path, file, report);
  const tree = text === undefined ? undefined : parseTree(file, text, report);
  if (tree) readKeys(TOP_KEYS, tree, draft, { report, lookup, key: '' });
  return draft;
};

/** A folder's name as Compose makes a project's name of it. */
const folderStack = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');

/** What is wrong with the name of a stack, or undefined. It is a label of DNS names, some of which are taken. */
export const stackFault = (name: string): string | undefined => {
  if (!/^[a-zA-Z0-9]([a-zA-Z0-9_-]*[a-zA-Z0-9])?$/.test(name)) {
    return `expected a stack's name of letters, digits, - and _ between them, found '${name}'`;
  }
  return isReserved(name) ? `the stack's name '${name}' is reserved in DNS; choose another` : undefined;
};

const convertChecked = (
  stack: string,
  name: string,
  draft: ServiceDraft,
  report: Report,
): ServiceSpec | undefined => {
  const key = `services.${name}`;
  const { mode, replicas } = draft.deploy ?? {};
  if (mode === 'global' && replicas) {
    problem(
      report,
      replicas.at,
      `${key}.deploy.replicas`,
      'mode: global runs one task on each host; remove replicas',
    );
  }
  if (`${stack}_${name}`.length > SERVICE_NAME_MAX) {
    problem(
      report,
      draft.at,
      key,
      `'${stack}_${name}' is longer than ${SERVICE_NAME_MAX} letters; shorten it`,
    );
  }
  if (draft.image === undefined) {
    problem(report, draft.at, key, 'expected image, the image to run');
    return undefined;
  }
  return convertService(stack, name, draft.image, draft);
};

/** Throws ComposeError with everything that is wrong. */
export const loadCompose = (options: LoadOptions): Loaded => {
  const report = createReport();
  const paths = options.files.map((file) => (file === '-' ? STDIN : resolve(options.cwd, file)));
  const folder = paths[0] === STDIN ? options.cwd : dirname(paths[0]!);
  const lookup = createLookup(folder, options, report);
  const drafts = paths.map((path, index) => loadFile(path, options.files[index]!, lookup, report));
  const isRead = report.problems.length === 0;
  const project = drafts.reduce(mergeProjects);
  const stack = options.stack ?? project.name ?? folderStack(folder);
  const services = [...project.services].map(([name, draft]) => convertChecked(stack, name, draft, report));
  const first = startOf(options.files[0]!);
  if (isRead && services.length === 0) problem(report, first, 'services', 'expected at least one service');
  const fault = stackFault(stack);
  if (fault !== undefined) problem(report, first, 'name', fault);
  if (report.problems.length > 0) throw new ComposeError(report.problems);
  return { stack, services: services.filter((service) => service !== undefined), notes: report.notes };
};
