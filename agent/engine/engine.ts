import type { Engine, EngineOptions, EngineSetup } from './contract.ts';
import { openDocker } from './docker.ts';
import { openNone } from './none.ts';
import type { Owner } from './owner.ts';
import { openProcess } from './process.ts';
import { TIMING } from './timing.ts';

export type { Engine, EngineOptions, LogLine, LogOptions } from './contract.ts';
export type { Usage } from './host-usage.ts';
export type { Owner } from './owner.ts';

/**
 * Opens the engine a URL names: `unix:///path`, `tcp://host:port`, `process:DIR` or `none`.
 * Throws one line when the URL names none; an engine that cannot be reached is not an error but `down`.
 */
export function openEngine(url: string, owner: Owner, options: EngineOptions = {}): Engine {
  const setup: EngineSetup = {
    owner,
    log: options.log ?? (() => undefined),
    timing: { ...TIMING, ...options.timing },
  };
  if (url === 'none') return openNone();
  if (url.startsWith('process:')) return openProcess(processDir(url, options), setup);
  const unix = url.match(/^unix:\/\/(\/.+)$/);
  if (unix?.[1]) return openDocker({ url, socketPath: unix[1] }, setup);
  const tcp = url.match(/^tcp:\/\/(\[[0-9a-fA-F:]+\]|[^:/[\]]+):(\d{1,5})\/?$/);
  if (tcp?.[1] && tcp[2])
    return openDocker({ url, host: tcp[1].replace(/[[\]]/g, ''), port: Number(tcp[2]) }, setup);
  throw new Error(`--engine ${url}: give unix:///path/to/docker.sock, tcp://host:port, process:DIR or none`);
}

function processDir(url: string, options: EngineOptions): string {
  const dir = url.slice('process:'.length).replace(/^\/\/(?=\/)/, '') || options.processDir;
  if (dir) return dir;
  throw new Error(
    '--engine process: needs a folder for its containers, for example process:/var/lib/shoal/containers',
  );
}
