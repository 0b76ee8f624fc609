/** `shoal agent`: settings, then one process with everything in it, until a signal ends it. No container is touched. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { startApi } from './api/server.ts';
import { startHealth } from './health.ts';
import { createHost } from './host.ts';
import { createLog } from './log.ts';
import { helpText, readSettings, type Settings, SettingsError } from './settings.ts';

const MIN_NODE_MAJOR = 24;

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.')[0]) < MIN_NODE_MAJOR) {
    throw new SettingsError(
      `Node.js ${process.versions.node} is too old: shoal needs ${MIN_NODE_MAJOR} or later`,
    );
  }
  const settings = readSettings(process.argv.slice(2), process.env);
  if (!settings) {
    process.stdout.write(`${helpText()}\n`);
    return;
  }
  await run(settings);
}

async function run(settings: Settings): Promise<void> {
  checkWritable('--data-dir', settings.dataDir, 0o700);
  checkWritable('--run-dir', settings.runDir, 0o755);
  const log = createLog(settings.logLevel, settings.name);
  const host = await createHost(settings, log);
  const api = await startApi(settings.socket, host, log);
  const health = settings.http ? startHealth(settings.http, host, log) : null;
  log('info', 'agent is up', { socket: settings.socket, mesh: host.member?.identity.mesh ?? null });
  const stop = async (signal: string): Promise<void> => {
    log('info', 'agent stops; its containers run on', { signal });
    api.close();
    api.closeAllConnections();
    health?.close();
    await host.close();
    process.exit();
  };
  process.once('SIGTERM', () => void stop('SIGTERM'));
  process.once('SIGINT', () => void stop('SIGINT'));
  // A promise that nobody waited for is a bug, but none that should take the host out of the mesh: said, and lived with.
  process.on('unhandledRejection', (reason) =>
    log('error', 'unhandled rejection', { reason: String(reason) }),
  );
}

function checkWritable(flag: string, dir: string, mode: number): void {
  try {
    // Node's recursive mkdir never returns where nothing can be made, as under /proc.
    let there = resolve(dir);
    while (!existsSync(there)) there = dirname(there);
    accessSync(there, constants.W_OK);
    if (/^\/(proc|sys)(\/|$)/.test(there)) throw new Error('no file can be made there');
    mkdirSync(dir, { recursive: true, mode });
    accessSync(dir, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : textOf(error);
    throw new SettingsError(`${flag} ${dir} is not writable (${why}): run as root or give another folder`);
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

main().catch((error: unknown) => {
  process.stderr.write(`shoal agent: ${textOf(error)}\n`);
  process.exitCode = error instanceof SettingsError ? 2 : 1;
  setTimeout(() => process.exit(), 200).unref();
});
