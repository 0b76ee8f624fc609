import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { arch, availableParallelism, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import type { EngineInfo } from '../../../protocol/engine.ts';

const VERSION = '1';

/** Creates the engine's folder when it is missing, and tells about this host. Throws when the folder cannot be used. */
export function processInfo(dir: string): EngineInfo {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return {
    kind: 'process',
    version: VERSION,
    startId: startId(dir),
    os: platform(),
    arch: dockerArch(),
    memoryBytes: totalmem(),
    nanoCpus: availableParallelism() * 1e9,
  };
}

/** This host's architecture as Docker writes it, since constraints do so too. */
export const dockerArch = (): string => DOCKER_ARCH[arch()] ?? arch();
const DOCKER_ARCH: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64' };

/** The same as long as processes may live on: it changes with the folder, the machine's boot, and its own process space. */
function startId(dir: string): string {
  const boot = orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const space = orEmpty(() => readlinkSync('/proc/self/ns/pid').replace(/\D/g, ''));
  return [marker(join(dir, '.engine-id')), boot, space].filter(Boolean).join('-');
}

function marker(file: string): string {
  const known = orEmpty(() => readFileSync(file, 'utf8').trim());
  if (known) return known;
  const id = randomUUID();
  writeFileSync(file, `${id}\n`);
  return id;
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
