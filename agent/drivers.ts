/** The loop's drivers on a real host: each turns one effect into IO. */
import { performance } from 'node:perf_hooks';
import { encodeMessage } from '../protocol/wire/validate.ts';
import type { Dns } from './dns/server.ts';
import type { Engine } from './engine/engine.ts';
import type { Heartbeat } from './heartbeat/index.ts';
import type { Log } from './log.ts';
import type { Drivers } from './loop.ts';
import type { Mesh } from './mesh/mesh.ts';
import { probeTcp } from './mesh/probe.ts';
import type { Store } from './store.ts';

export function createDrivers(parts: {
  store: Store;
  mesh: Mesh;
  engine: Engine;
  dns: Dns;
  beats: Heartbeat;
  log: Log;
}): Drivers {
  const { store, mesh, engine, dns, beats, log } = parts;
  return {
    now: () => performance.now(),
    wall: () => Date.now(),
    after: (ms, run) => void setTimeout(run, ms),
    soon: (run) =>
      void setImmediate(() => {
        beats.alive();
        run();
      }),
    persist: (batch, done) => {
      store.persist(batch).then(
        () => done(null),
        (error) => done(error instanceof Error ? error.message : String(error)),
      );
    },
    reload: (done) => {
      store.held().then(done, (error) => {
        log('error', 'the store cannot be read back: stopping, the next start repairs it', {
          reason: String(error),
        });
        process.exitCode = 1;
        process.kill(process.pid, 'SIGTERM');
      });
    },
    send: (to, message) => mesh.send(to, encodeMessage(message)),
    broadcast: (message) => mesh.broadcast(encodeMessage(message)),
    links: (ring, known) => {
      mesh.know(known);
      mesh.setLinks(ring);
    },
    drop: (host) => mesh.drop(host),
    heartbeat: (feed) => beats.feed(feed),
    engine: (op) => engine.perform(op),
    probe: (address, port, timeoutMs, done) => void probeTcp(address, port, timeoutMs).then(done),
    zone: (delta) => dns.update(delta),
    log: (level, text, data) => log(level, text, data),
  };
}
