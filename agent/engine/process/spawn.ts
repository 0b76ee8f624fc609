import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';
import type { ContainerPlan, PortPlan } from '../../../protocol/engine.ts';
import { filesOf, type Stored } from './state.ts';

/**
 * Runs the command in the foreground and writes down its own number, then the exit code, where they outlive the
 * agent. The signals of a stop go to the whole group: the shell itself must survive them to note the code.
 * At the end it takes along what the command has left behind, as the end of a container does.
 */
const WRAPPER = [
  'trap : HUP INT QUIT USR1 USR2 PIPE ALRM TERM',
  'echo "$$" >&3',
  '"$@" 3>&-',
  'echo "$?" >&3',
  'kill -KILL 0',
].join('\n');

/** Container environment: a few of the agent's own variables, the plan's, and where to listen. */
export function environmentOf(plan: ContainerPlan, ports: PortPlan[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'USER', 'LANG', 'TZ']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  if (plan.hostname) env.HOSTNAME = plan.hostname;
  for (const entry of plan.env) {
    const equals = entry.indexOf('=');
    if (equals > 0) env[entry.slice(0, equals)] = entry.slice(equals + 1);
  }
  // processes share the host's ports, so they listen on the published number, not on the image's
  for (const { target, published } of ports) env[`PORT_${target}`] = String(published);
  const first = ports[0];
  if (first) env.PORT = String(first.published);
  return env;
}

/** Command and arguments with the program's full path. Throws one line when there is nothing to run. */
export function commandOf(plan: ContainerPlan, env: Record<string, string>, workingDir: string): string[] {
  const [program, ...rest] = [...(plan.command ?? []), ...(plan.args ?? [])];
  if (program === undefined) {
    throw new Error(
      `image ${plan.image} has no command here: the process engine runs commands, not images; give the service one`,
    );
  }
  const folders = program.includes('/') ? [workingDir] : (env.PATH ?? '').split(delimiter).filter(isAbsolute);
  const found = folders.map((folder) => resolve(folder, program)).find(isExecutable);
  if (!found) throw new Error(`command not found on this host: ${program}`);
  return [found, ...rest];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** "1000" or "1000:1000". */
export function identityOf(user: string | undefined): { uid?: number; gid?: number } {
  if (!user) return {};
  const [, uid, gid] = user.match(/^(\d+)(?::(\d+))?$/) ?? [];
  if (!uid) throw new Error(`user ${user}: the process engine takes numbers only, as in 1000 or 1000:1000`);
  return { uid: Number(uid), gid: Number(gid ?? uid) };
}

/** Starts the process in a session of its own, so that it survives the agent. Rejects when it cannot be started. */
export function spawnContainer(folder: string, stored: Stored, command: string[]): Promise<ChildProcess> {
  const files = filesOf(folder);
  const outputs = [files.stdout, files.stderr, files.status].map((file) => openSync(file, 'a', 0o600));
  const { uid, gid, env, workingDir: cwd, instance } = stored;
  try {
    const child = spawn('/bin/sh', ['-c', WRAPPER, `shoal-${instance}`, ...command], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', ...outputs],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    child.unref();
    return new Promise((started, failed) => {
      child.once('spawn', () => started(child));
      child.once('error', (err) => failed(new Error(`cannot start ${command[0]}: ${err.message}`)));
    });
  } finally {
    for (const output of outputs) closeSync(output);
  }
}
