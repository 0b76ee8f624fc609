import { describe, expect, it } from 'vitest';
import { hostState } from '../../../protocol/membership/view.ts';
import type { Row } from '../../../protocol/records/row.ts';
import { signRow } from '../../../protocol/records/sign.ts';
import { encode } from '../../../protocol/wire/codec.ts';
import { createCrypto, MESH } from '../../../sim/crypto.ts';
import { wipe } from '../../../sim/disk.ts';
import { boot, cutPower, killAgent, startAgent } from '../../../sim/host.ts';
import {
  addHost,
  command,
  commandOk,
  deploy,
  heal,
  runFor,
  runUntilTrue,
  serviceSpec,
  split,
  stateOf,
} from '../../../sim/mesh.ts';
import { atRest, hostOf, idsOf, readyMesh, starts } from './scenario.ts';

describe('stores', () => {
  it('full: the command is refused, nothing of it leaves; read-only until it works again (rule R8)', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 3));
    atRest(mesh, 5_000);
    const before = idsOf(mesh);
    hostOf(mesh, 2).disk.isFull = true;
    const refused = command(mesh, hostOf(mesh, 2), { command: 'scale', service: 'web', replicas: 6 });
    runFor(mesh, 5_000);
    expect(refused.result).toMatchObject({ ok: false, failure: { code: 'READ_ONLY' } });
    expect(idsOf(mesh)).toEqual(before);
    commandOk(mesh, hostOf(mesh, 1), { command: 'scale', service: 'web', replicas: 4 });
    runFor(mesh, 5_000);
    hostOf(mesh, 2).disk.isFull = false;
    atRest(mesh, 15_000);
    commandOk(mesh, hostOf(mesh, 2), { command: 'scale', service: 'web', replicas: 6 });
    atRest(mesh, 10_000);
    expect(idsOf(mesh)).toHaveLength(6);
  });

  it('damaged: counters that were lost are taken from the rows that were kept', () => {
    const mesh = readyMesh(2);
    const host = hostOf(mesh, 1);
    deploy(mesh, host, serviceSpec('web', 2));
    atRest(mesh, 5_000);
    killAgent(host);
    host.disk.meta = { epoch: 1, seq: 0, hlc: 0 };
    startAgent(host);
    atRest(mesh, 20_000);
    expect(stateOf(hostOf(mesh, 2)).table.epochs.get(host.id)).toBe(1);
    commandOk(mesh, hostOf(mesh, 2), { command: 'scale', service: 'web', replicas: 0 });
    atRest(mesh, 10_000);
    expect(idsOf(mesh)).toEqual([]);
  });

  it('lost: the host is not ignored for ever, its containers are kept, what it stamped lives (rule R5)', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 2), serviceSpec('web', 6));
    atRest(mesh, 5_000);
    const before = idsOf(mesh);
    killAgent(hostOf(mesh, 2));
    wipe(hostOf(mesh, 2).disk);
    startAgent(hostOf(mesh, 2));
    atRest(mesh, 20_000);
    expect(idsOf(mesh)).toEqual(before);
    expect(stateOf(hostOf(mesh, 2)).services.size).toBe(1);
    expect(stateOf(hostOf(mesh, 1)).table.epochs.get(hostOf(mesh, 2).id)).toBe(2);
    commandOk(mesh, hostOf(mesh, 2), { command: 'scale', service: 'web', replicas: 7 });
    atRest(mesh, 10_000);
  });
});

describe('clocks', () => {
  it('a day ahead: its commands are refused, its containers go on; set right, it works (rule R5)', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 3));
    atRest(mesh, 5_000);
    const before = idsOf(mesh);
    hostOf(mesh, 2).clockOffsetMs = 24 * 3_600_000;
    runFor(mesh, 3_000);
    const refused = command(mesh, hostOf(mesh, 2), { command: 'scale', service: 'web', replicas: 6 });
    runFor(mesh, 2_000);
    expect(refused.result).toMatchObject({ ok: false, failure: { code: 'CLOCK_OFF' } });
    expect(idsOf(mesh)).toEqual(before);
    hostOf(mesh, 2).clockOffsetMs = 0;
    runFor(mesh, 3_000);
    commandOk(mesh, hostOf(mesh, 2), { command: 'scale', service: 'web', replicas: 6 });
    atRest(mesh, 10_000);
    expect(idsOf(mesh)).toHaveLength(6);
  });

  it('a day ahead while alone: its stamps are held aside by the others, nothing else of it is', () => {
    const mesh = readyMesh(3);
    const [a, b, c] = mesh.hosts;
    split(mesh, [a!], [b!, c!]);
    runFor(mesh, 15_000);
    a!.clockOffsetMs = 24 * 3_600_000;
    runFor(mesh, 1_000);
    commandOk(mesh, a!, { command: 'deploy', stack: null, services: [serviceSpec('early', 1)] });
    heal(mesh);
    runFor(mesh, 20_000);
    expect(hostState(stateOf(b!), a!.id)).toBe('alive');
    expect(stateOf(b!).services.size).toBe(0);
    expect(stateOf(b!).table.aside.size).toBeGreaterThan(0);
    deploy(mesh, b!, serviceSpec('web', 3));
    runFor(mesh, 5_000);
    expect(idsOf(mesh).length).toBeGreaterThanOrEqual(3);
  });
});

describe('rows', () => {
  const alertOf = (by: string, byId: string, about: string, seq: number, says = 'unreachable'): Row =>
    signRow(createCrypto(by), MESH, {
      kind: 'alert',
      id: about,
      group: 'verdict',
      origin: byId,
      hlc: 0,
      epoch: 1,
      seq,
      body: encode({ incarnation: 9, says, silentMs: 60_000 }),
    });

  it('a hostile observer alone fails nobody, however often it says so (rule V2)', () => {
    const mesh = readyMesh(5);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 5));
    atRest(mesh, 5_000);
    const before = idsOf(mesh);
    const [liar, victim, ...others] = mesh.hosts;
    for (let i = 0; i < 60; i++) {
      const rows = [alertOf('h1', liar!.id, victim!.id, 100_000 + i)];
      for (const host of others)
        host.agent?.loop.post({
          kind: 'message',
          from: liar!.id,
          message: { type: 'rows', how: 'flood', rows },
        });
      runFor(mesh, 500);
      for (const host of others) expect(hostState(stateOf(host), victim!.id)).not.toBe('failed');
    }
    expect(idsOf(mesh)).toEqual(before);
  });

  it('a forged signature, or a row that is not its to write, is refused', () => {
    const mesh = readyMesh(2);
    const [a, b] = mesh.hosts;
    const forged = { ...alertOf('h1', a!.id, 'somebody', 500), sig: new Uint8Array(64) };
    const foreign = { ...alertOf('h1', a!.id, b!.id, 501), kind: 'host', group: 'self' };
    a!.agent?.loop.post({
      kind: 'message',
      from: b!.id,
      message: { type: 'rows', how: 'flood', rows: [forged, foreign] },
    });
    runFor(mesh, 100);
    b!.agent?.loop.post({
      kind: 'message',
      from: a!.id,
      message: { type: 'rows', how: 'flood', rows: [forged, foreign] },
    });
    runFor(mesh, 100);
    expect(stateOf(b!).gossip.counters.refused).toBe(2);
    atRest(mesh, 5_000);
  });

  it('sequence 12 before 11: both are held in the end (rule R6)', () => {
    const mesh = readyMesh(3);
    const [a, b, origin] = mesh.hosts;
    split(mesh, [origin!], [a!, b!]);
    const late = alertOf('h3', hostOf(mesh, 3).id, a!.id, 11, 'alive');
    const early = alertOf('h3', hostOf(mesh, 3).id, b!.id, 12, 'alive');
    const give = (rows: Row[]): void =>
      a!.agent?.loop.post({ kind: 'message', from: b!.id, message: { type: 'rows', how: 'repair', rows } });
    give([early]);
    runFor(mesh, 10);
    give([late]);
    runFor(mesh, 10);
    const held = [...stateOf(a!).table.rows.values()]
      .filter((row) => row.kind === 'alert')
      .map((row) => row.seq);
    expect(held.sort((x, y) => x - y)).toEqual([11, 12]);
  });

  it("rows before their origin's certificate wait for it", () => {
    const mesh = readyMesh(2);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('web', 2));
    atRest(mesh, 5_000);
    const joiner = addHost(mesh);
    const rows = [...stateOf(hostOf(mesh, 1)).table.rows.values()].filter((row) => row.kind !== 'member');
    runFor(mesh, 200);
    joiner.agent?.loop.post({
      kind: 'message',
      from: hostOf(mesh, 1).id,
      message: { type: 'rows', how: 'repair', rows },
    });
    atRest(mesh, 10_000);
    expect(starts(mesh)).toBe(2);
  });
});

describe('five weeks off', () => {
  it('the whole mesh is off, one disk dies at power-up: nothing is lost, nothing removed comes back (rule R7)', () => {
    const mesh = readyMesh(3);
    deploy(mesh, hostOf(mesh, 1), serviceSpec('kept', 2), serviceSpec('removed', 2));
    atRest(mesh, 5_000);
    commandOk(mesh, hostOf(mesh, 2), { command: 'removeServices', services: ['removed'] });
    atRest(mesh, 20_000);
    for (const host of mesh.hosts) cutPower(host);
    for (const host of mesh.hosts) host.clockOffsetMs = 35 * 24 * 3_600_000;
    wipe(hostOf(mesh, 2).disk);
    for (const host of mesh.hosts) boot(host);
    // A host without a store knows nobody: it is called by those that know it.
    runUntilTrue(mesh, 30_000, () => stateOf(hostOf(mesh, 2)).services.size === 1);
    atRest(mesh, 30_000);
    for (const host of mesh.hosts)
      expect([...stateOf(host).services.values()].map(({ name }) => name)).toEqual(['kept']);
  });
});
