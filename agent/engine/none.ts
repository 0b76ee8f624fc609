import { platform } from 'node:os';
import type { EngineEvent, EngineOp } from '../../protocol/engine.ts';
import type { Engine } from './contract.ts';
import { usageReader } from './host-usage.ts';
import { dockerArch } from './process/identity.ts';

const REASON = 'this host runs no containers (it was started with --engine none)';

/** The engine of a host that takes part in the mesh but runs nothing: no memory, no cores, every start fails. */
export function openNone(): Engine {
  let listener: (event: EngineEvent) => void = () => undefined;
  // never from inside `perform`: the caller may be in the middle of its own step
  const report = (event: EngineEvent) => void setImmediate(() => listener(event));
  return {
    start(given) {
      listener = given;
      const info = { kind: 'none' as const, version: '', startId: 'none', memoryBytes: 0, nanoCpus: 0 };
      report({ event: 'up', info: { ...info, os: platform(), arch: dockerArch() } });
      report({ event: 'inventory', containers: [] });
    },
    perform: (op) => report(answer(op)),
    logs(name) {
      throw new Error(`there is no container ${name}: ${REASON}`);
    },
    usage: usageReader(),
    async close() {
      listener = () => undefined;
    },
  };
}

function answer(op: EngineOp): EngineEvent {
  switch (op.op) {
    case 'pull':
      return { event: 'pullFailed', image: op.image, reason: REASON };
    case 'start':
      return { event: 'startFailed', claim: op.container.claim, reason: REASON };
    case 'stop':
      return { event: 'gone', name: op.name, claim: op.claim };
    case 'inventory':
      return { event: 'inventory', containers: [] };
  }
}
