import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import { type Heartbeat, spawnWorker, startHeartbeat } from '../../../agent/heartbeat/index.ts';
import type { HeartbeatPeer, HeartbeatReport } from '../../../protocol/membership/heartbeat-types.ts';
import { idOf } from './world.ts';

interface Node {
  heartbeat: Heartbeat;
  worker: Worker | undefined;
  reports: HeartbeatReport[];
  warnings: string[];
  dh: Uint8Array;
}

const open: Heartbeat[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((heartbeat) => heartbeat.close()));
});

async function startNode(i: number, port = 0): Promise<Node> {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = (key: KeyObject, field: 'x' | 'd'): Uint8Array =>
    Uint8Array.from(Buffer.from(key.export({ format: 'jwk' })[field] ?? '', 'base64url'));
  const reports: HeartbeatReport[] = [];
  const warnings: string[] = [];
  let worker: Worker | undefined;
  const heartbeat = await startHeartbeat({
    listen: { address: '127.0.0.1', port },
    identity: { mesh: 'mesh', self: idOf(i), epoch: 1, starts: 1 },
    dhPrivateKey: raw(privateKey, 'd'),
    tunables: { heartbeatMs: 200, silenceFloorMs: 900, silenceCeilingMs: 2_000 },
    report: (report) => reports.push(report),
    warn: (line) => warnings.push(line),
    spawn: (start) => {
      worker = spawnWorker(start);
      return worker;
    },
  });
  open.push(heartbeat);
  return {
    heartbeat,
    get worker() {
      return worker;
    },
    reports,
    warnings,
    dh: raw(publicKey, 'x'),
  };
}

function feed(to: Node, about: Node, i: number): void {
  const { port } = about.heartbeat;
  const peer: HeartbeatPeer = {
    host: idOf(i),
    address: '127.0.0.1',
    port,
    dh: about.dh,
    beat: true,
    watch: true,
    feel: false,
  };
  const load = { cpuMille: 1, memoryMille: 2, containers: 3 };
  to.heartbeat.feed({ peers: [peer], digest: [1, 2], incarnation: 3, load });
}

const heardIn = ({ reports }: Node) => reports.filter((report) => report.report === 'heard');

it('two threads hear each other, replace a dead one, and tell a stalled main loop and a silence', async () => {
  const a = await startNode(0);
  const b = await startNode(1);
  feed(a, b, 1);
  feed(b, a, 0);
  await expect.poll(() => heardIn(a).length > 1 && heardIn(b).length > 1, { timeout: 5_000 }).toBe(true);
  expect(heardIn(a)[0]).toMatchObject({
    host: idOf(1),
    address: '127.0.0.1',
    port: b.heartbeat.port,
    digest: [1, 2],
    load: { cpuMille: 1, memoryMille: 2, containers: 3 },
  });
  await expect.poll(() => heardIn(a).at(-1)?.rttMs, { timeout: 5_000 }).toBeLessThan(200);

  const { port } = a.heartbeat;
  await a.worker?.terminate();
  const heardBefore = heardIn(b).length;
  const rejected = b.heartbeat.counters().replayed;
  await expect.poll(() => heardIn(b).length > heardBefore + 1, { timeout: 5_000 }).toBe(true);
  expect(a.heartbeat.port).toBe(port);
  expect(a.warnings).toHaveLength(1);
  expect(b.heartbeat.counters().replayed).toBe(rejected);

  const turns = heardIn(b).length;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200);
  await expect
    .poll(
      () =>
        Math.max(
          ...heardIn(b)
            .slice(turns)
            .map((heard) => heard.mainAgeMs),
        ),
      { timeout: 5_000 },
    )
    .toBeGreaterThan(500);

  await a.heartbeat.close();
  await expect
    .poll(() => b.reports.some((report) => report.report === 'silent'), { timeout: 5_000 })
    .toBe(true);
}, 20_000);

it('a taken port is named in the error', async () => {
  const { heartbeat } = await startNode(2);
  await expect(startNode(3, heartbeat.port)).rejects.toThrow(
    `heartbeats cannot listen on UDP 127.0.0.1:${heartbeat.port} (EADDRINUSE)`,
  );
});
