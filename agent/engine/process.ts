import { resolve } from 'node:path';
import type { EngineEvent } from '../../protocol/engine.ts';
import type { Engine, EngineSetup, LogLine, LogOptions } from './contract.ts';
import { usageReader } from './host-usage.ts';
import { lineOf } from './one-line.ts';
import { type Driver, operations } from './operations.ts';
import { backOff, delay } from './pace.ts';
import { adoptAll, findOurs, listOurs, type ProcessHost, startProcess, stopProcess } from './process/host.ts';
import { processInfo } from './process/identity.ts';
import { processLogs } from './process/logs.ts';
import { portBook } from './process/ports.ts';
import { reporter } from './reporter.ts';

/**
 * The built-in engine: a container is a process of this host, with a folder of its own under `dir`. Images are
 * labels only; limits, resolvers and networks of a plan have no effect here.
 */
export function openProcess(dir: string, { owner, log, timing }: EngineSetup): Engine {
  const closing = new AbortController();
  let listener: (event: EngineEvent) => void = () => undefined;
  let down: string | null = 'it was not started yet';
  let poll: NodeJS.Timeout | undefined;
  const events = reporter((event) => {
    if (!closing.signal.aborted) listener(event);
  });
  const host: ProcessHost = {
    root: resolve(dir),
    owner,
    timing,
    containers: new Map(),
    ports: portBook(),
    changed: (name) => observe(name),
  };
  const driver: Driver = {
    outage: () => down,
    pull: async () => undefined,
    start: (plan, unwanted) => startProcess(host, plan, unwanted),
    stop: (op) => stopProcess(host, op),
    list: async () => listOurs(host),
    look: async (name) => findOurs(host, name)?.observed() ?? null,
  };
  const { perform, observe } = operations(driver, events, log, timing, closing.signal);

  /** Opens the folder, again and again while that fails, and adopts what runs there. */
  async function open(): Promise<void> {
    const pause = backOff(timing.reconnectFirstMs, timing.reconnectCeilingMs);
    let told = false;
    // never from inside `start`: the caller may be in the middle of its own step
    await delay(0, closing.signal);
    while (!closing.signal.aborted) {
      try {
        const info = processInfo(host.root);
        adoptAll(host);
        down = null;
        poll = setInterval(checkAdopted, timing.adoptedPollMs).unref();
        events.tell({ event: 'up', info });
        return await events.inventory(driver.list);
      } catch (err) {
        down = `folder ${host.root} cannot be used: ${lineOf(err)}`;
        if (!told) events.tell({ event: 'down', reason: down });
        told = true;
      }
      await delay(pause.next(), closing.signal);
    }
  }

  function checkAdopted(): void {
    const adopted = [...host.containers.values()].filter((container) => container.check());
    if (adopted.length === 0) clearInterval(poll);
  }

  async function* logs(name: string, options: LogOptions): AsyncIterable<LogLine> {
    const container = findOurs(host, name);
    if (!container) throw new Error(`there is no container ${name} of this mesh on this host`);
    yield* processLogs(container.folder, container.output, options);
  }

  return {
    start(report) {
      listener = report;
      void open();
    },
    perform,
    logs,
    usage: usageReader(),
    async close() {
      closing.abort();
      clearInterval(poll);
      for (const container of host.containers.values()) container.close();
    },
  };
}
