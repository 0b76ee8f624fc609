import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, openEngine } from '../../agent/engine/engine.ts';
import type { ContainerPlan } from '../../protocol/engine.ts';
import { raiseDockerd, TEST_IMAGE, type TestDockerd } from './dockerd.ts';

/** An engine to test, and what the test must be able to do behind the agent's back. */
export interface Bed {
  open(host?: string): Engine;
  /** a running container that shoal did not make */
  makeForeign(name: string): Promise<void>;
  isRunning(name: string): Promise<boolean>;
  /** a signal to the main process, from outside */
  signal(name: string, signal: NodeJS.Signals): Promise<void>;
  close(): Promise<void>;
}

export const MESH = 'mesh-1';
export const HOST = 'host-1';
/** Quick paces, so that a test of an outage takes no longer than it must. */
export const QUICK = {
  reconnectFirstMs: 50,
  reconnectCeilingMs: 200,
  stopRetryFirstMs: 50,
  stopRetryCeilingMs: 200,
};

export function plan(name: string, script: string, over: Partial<ContainerPlan> = {}): ContainerPlan {
  const shell = { command: ['sh', '-c', script], image: TEST_IMAGE };
  const nothing = { env: [], labels: {}, ports: [], dns: [], dnsSearch: [] };
  return { name, claim: `${name}|1`, ...shell, ...nothing, ...over };
}

export async function dockerBed(): Promise<Bed & { daemon: TestDockerd }> {
  const daemon = await raiseDockerd();
  const { docker } = daemon;
  const inspect = (name: string) => docker.getContainer(name).inspect();
  return {
    daemon,
    open: (host = HOST) => openEngine(daemon.url, { mesh: () => MESH, host }, { timing: QUICK }),
    async makeForeign(name) {
      const container = await docker.createContainer({ name, Image: TEST_IMAGE, Cmd: ['sleep', '1000'] });
      await container.start();
    },
    isRunning: (name) =>
      inspect(name).then(
        ({ State }) => State.Running,
        () => false,
      ),
    signal: (name, signal) => docker.getContainer(name).kill({ signal }),
    close: daemon.close,
  };
}

export async function processBed(): Promise<Bed & { dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-process-'));
  const stranger = openEngine(`process:${dir}`, { mesh: () => 'mesh-other', host: 'host-other' });
  await new Promise<void>((resolve) => stranger.start((event) => event.event === 'inventory' && resolve()));
  const pidOf = (name: string): number => JSON.parse(readFileSync(join(dir, name, 'state.json'), 'utf8')).pid;
  const alive = (name: string): boolean => {
    try {
      return process.kill(pidOf(name), 0);
    } catch {
      return false;
    }
  };
  return {
    dir,
    open: (host = HOST) => openEngine(`process:${dir}`, { mesh: () => MESH, host }, { timing: QUICK }),
    async makeForeign(name) {
      stranger.perform({ op: 'start', container: plan(name, 'sleep 1000') });
      while (!alive(name)) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    isRunning: async (name) => alive(name),
    async signal(name, signal) {
      // the leader is a shell that hears all but SIGKILL on behalf of its group
      process.kill(signal === 'SIGKILL' ? pidOf(name) : -pidOf(name), signal);
    },
    async close() {
      await stranger.close();
      for (const name of readdirSync(dir)) {
        if (!name.startsWith('.') && alive(name)) process.kill(-pidOf(name), 'SIGKILL');
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
