import { readFile } from 'node:fs/promises';
import type { EngineInfo } from '../../../protocol/engine.ts';
import { type Connection, field, get, isStatus, text } from './connection.ts';

/** The engine as it presents itself now. Rejects with CallFailed when it does not answer. */
export async function readInfo(connection: Connection, callMs: number): Promise<EngineInfo> {
  const ask = (what: string, path: string) =>
    connection.call(what, callMs, (docker, signal) => get(docker, path, signal));
  const [info, version, bridge] = await Promise.all([
    ask('tell about itself', '/info'),
    ask('tell its version', '/version'),
    ask('show its default network', '/networks/bridge').catch(onlyIfMissing),
  ]);
  return {
    kind: 'docker',
    version: text(version, 'Version') ?? '',
    // made anew at each start of the daemon; a daemon without it at least changes with the machine's boot
    startId: text(bridge, 'Id') ?? `${text(info, 'ID')}@${await bootId()}`,
    os: text(info, 'OSType') ?? '',
    arch: text(info, 'Architecture') ?? '',
    memoryBytes: Number(field(info, 'MemTotal') ?? 0),
    nanoCpus: Number(field(info, 'NCPU') ?? 0) * 1e9,
  };
}

function onlyIfMissing(err: unknown): null {
  if (isStatus(err, 404)) return null;
  throw err;
}

/** Changes with each boot of this machine; empty where the kernel does not tell. */
async function bootId(): Promise<string> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return id.trim();
}
