import type { EngineEvent, EngineInfo } from '../../protocol/engine.ts';
import type { Engine, EngineSetup } from './contract.ts';
import { connectDocker, type DockerTarget } from './docker/connection.ts';
import type { DockerEvent } from './docker/events.ts';
import { makePresent } from './docker/image.ts';
import { dockerLogs } from './docker/logs.ts';
import { dockerObserver } from './docker/observe.ts';
import { startContainer } from './docker/start.ts';
import { stopContainer } from './docker/stop.ts';
import { watchDocker } from './docker/watch.ts';
import { usageReader } from './host-usage.ts';
import { type Driver, operations } from './operations.ts';
import { reporter } from './reporter.ts';

/** A Docker engine behind a socket. */
export function openDocker(target: DockerTarget, { owner, log, timing }: EngineSetup): Engine {
  const connection = connectDocker(target);
  const observer = dockerObserver(connection, owner, timing.callMs);
  const closing = new AbortController();
  let listener: (event: EngineEvent) => void = () => undefined;
  let down: string | null = 'it is not connected yet';
  const events = reporter((event) => {
    if (!closing.signal.aborted) listener(event);
  });

  const driver: Driver = {
    outage: () => down,
    pull: (image) => makePresent(connection, image, timing),
    start: (plan, unwanted) => startContainer({ connection, observer, owner, timing }, plan, unwanted),
    stop: (op) => stopContainer(connection, observer, op, timing),
    list: observer.list,
    async look(name) {
      const holder = await observer.find(name);
      return holder.kind === 'ours' ? holder.container : null;
    },
  };
  const { perform, observe } = operations(driver, events, log, timing, closing.signal);

  const hooks = {
    up(info: EngineInfo) {
      down = null;
      events.tell({ event: 'up', info });
    },
    down(reason: string) {
      down = reason;
      events.abandonInventory();
      events.tell({ event: 'down', reason });
    },
    inventory: () => events.inventory(observer.list),
    event({ action, id, name }: DockerEvent) {
      if (action === 'oom') observer.sawOom(id);
      if (action === 'destroy') observer.forget(id);
      observe(name);
    },
  };

  return {
    start(report) {
      listener = report;
      void watchDocker(connection, owner, hooks, timing, closing.signal);
    },
    perform,
    logs: (name, options) => dockerLogs(connection, observer, name, options, timing.callMs),
    usage: usageReader(),
    async close() {
      closing.abort();
      connection.close();
    },
  };
}
